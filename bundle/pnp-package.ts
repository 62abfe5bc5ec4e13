/** Packages under Yarn's Plug'n'Play, which has no node_modules. Source: Yarn, "PnP API". */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { BundleError } from "./errors.ts";

/** The members of the manifest's API that are used. */
interface PnpApi {
  resolveToUnqualified(request: string, issuer: string, options: { considerBuiltins: boolean }): string | null;
  resolveVirtual?(path: string): string | null;
}

/**
 * Folder of a package, as the code in a folder would load it, where a `.pnp.cjs` is in charge. It may be in one of Yarn's
 * zip archives: packages with addons are not, since Yarn unplugs them.
 */
export function findPnpPackage(name: string, folder: string): string | undefined {
  const manifest = findManifest(folder);
  if (manifest === undefined) return undefined;
  const api = createRequire(manifest)(manifest) as PnpApi;
  try {
    const found = api.resolveToUnqualified(name, `${folder}/`, { considerBuiltins: false });
    return found === null ? undefined : (api.resolveVirtual?.(found) ?? found);
  } catch {
    // Not among the dependencies: esbuild says so in its own words.
    return undefined;
  }
}

/** `<folder>/__virtual__/<name>/<levels>/<path>`: the same package once for each set of its peers. */
const virtualPath = /^(.*)[\\/](?:__virtual__|\$\$virtual)[\\/][^\\/]+[\\/](\d+)[\\/](.*)$/;
const archivePath = /^(.*?\.zip)[\\/]/;

/** The file that holds what Yarn has under a path: for what is in one of its archives, the archive. Others stay as they are. */
export function fileOnDisk(path: string): string {
  const [, folder = "", levels = "0", rest = ""] = virtualPath.exec(path) ?? [];
  const real = rest === "" ? path : resolve(folder, "../".repeat(Number(levels)), rest);
  const archive = archivePath.exec(real)?.[1];
  return archive === undefined || existsSync(real) ? real : archive;
}

/** For whoever reads the files. @throws BundleError `BUNDLE_FAILED` where some are in an archive */
export function assertNoArchive(inputs: readonly string[]): void {
  const archive = inputs.find((each) => each.endsWith(".zip"));
  if (archive === undefined) return;
  throw new BundleError("BUNDLE_FAILED", `The native engine's bundle cannot be made of Yarn's archive ${archive}`, {
    hint: "nodeLinker: node-modules in .yarnrc.yml, or another engine",
  });
}

function findManifest(folder: string): string | undefined {
  const candidate = join(folder, ".pnp.cjs");
  if (existsSync(candidate)) return candidate;
  const parent = dirname(folder);
  return parent === folder ? undefined : findManifest(parent);
}
