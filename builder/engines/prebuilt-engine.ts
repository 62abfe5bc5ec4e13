/** Native engines that come finished, in an npm package for each architecture. `release/pack-engine.ts` makes those. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Architecture } from "../../images/platforms.ts";
import { BuilderError } from "../errors.ts";
import { hashFile } from "../manifest.ts";
import { nativeCrateHash, packageVersion } from "./native-crate.ts";

/** Of the executable in such a package. */
export const prebuiltExecutable = "native-engine";

/** What its package.json says beside what npm wants to know. */
export interface PrebuiltFacts {
  /** Of the crate that was compiled, as `nativeCrateHash`. */
  readonly crate: string;
  /** Of the executable, in hexadecimal. */
  readonly sha256: string;
}

/** `@runtime-aws-lambda/engine-linux-x64` and `…-arm64`, spelled as npm spells processors. */
export function prebuiltPackageName(architecture: Architecture): string {
  return `@runtime-aws-lambda/engine-linux-${architecture === "x86_64" ? "x64" : "arm64"}`;
}

/** How a user gets it, as a part of a hint. */
export function prebuiltSpecifier(architecture: Architecture): string {
  return `${prebuiltPackageName(architecture)}@${packageVersion()}`;
}

/**
 * Path of the executable in the package, if that is installed beside this one or in the project that is worked in.
 *
 * @param onNotice for a package of another version, which is passed over
 * @throws BuilderError `ENGINE_DAMAGED` when the executable is not the one that was packed
 */
export async function prebuiltEngine(
  architecture: Architecture,
  onNotice: (message: string) => void,
): Promise<string | undefined> {
  const name = prebuiltPackageName(architecture);
  const manifestPath = findManifest(name);
  if (manifestPath === undefined) return undefined;
  const { version, nativeEngine } = readManifest(manifestPath);
  if (nativeEngine?.crate !== (await nativeCrateHash())) {
    const wanted = prebuiltSpecifier(architecture);
    onNotice(`${name} ${version} holds another version of the native engine than ${wanted}, and is passed over`);
    return undefined;
  }
  const path = join(dirname(manifestPath), prebuiltExecutable);
  const found = await hashFile(path).catch((cause: unknown) => (cause as Error).message);
  if (found === nativeEngine.sha256) return path;
  throw new BuilderError("ENGINE_DAMAGED", `${path} is not what ${name} was packed with: ${found}`, {
    hint: `Install the package anew, or remove it: npm install ${prebuiltSpecifier(architecture)}`,
  });
}

interface PrebuiltManifest {
  readonly version: string;
  readonly nativeEngine?: PrebuiltFacts;
}

function readManifest(path: string): PrebuiltManifest {
  return JSON.parse(readFileSync(path, "utf8")) as PrebuiltManifest;
}

/** Package managers that give every package only what it names itself put it beside the project's other ones. */
function findManifest(name: string): string | undefined {
  for (const from of [import.meta.filename, join(process.cwd(), "package.json")]) {
    try {
      return createRequire(from).resolve(`${name}/package.json`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  return undefined;
}
