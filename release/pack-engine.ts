/**
 * Makes the npm packages of the native engine: `node release/pack-engine.ts FOLDER EXECUTABLE…` writes a folder for each
 * executable, ready for `npm pack` and `npm publish`. The same executable gives the same bytes.
 */
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkPackage } from "../builder/gate/check-package.ts";
import { readElf } from "../builder/gate/elf.ts";
import { nativeCrateFolder, nativeCrateHash, packageVersion } from "../builder/engines/native-crate.ts";
import { prebuiltExecutable, prebuiltPackageName, type PrebuiltFacts } from "../builder/engines/prebuilt-engine.ts";
import { hashFile } from "../builder/manifest.ts";
import { targetTriples } from "../builder/toolchains/cargo-environment.ts";
import { platforms, type PlatformFacts } from "../images/platforms.ts";
import { crateLicences } from "./crate-licences.ts";

/**
 * Writes the package of one executable.
 *
 * @returns its folder
 * @throws BuilderError `PLATFORM_REFUSED` for one that Amazon Linux 2 would not start: what it starts, 2023 starts
 */
export async function packEngine(executable: string, parent: string): Promise<string> {
  const facts = await oldestPlatform(executable);
  const gate = await checkPackage([{ path: "bootstrap", fromFile: executable, mode: 0o755 }], facts);
  const name = prebuiltPackageName(facts.architecture);
  const nativeEngine: PrebuiltFacts = { crate: await nativeCrateHash(), sha256: await hashFile(executable) };
  // Without `os` and `cpu`: the machine that builds a function may be another than the one that runs it.
  const manifest = {
    name,
    version: packageVersion(),
    description: `The native engine of runtime-aws-lambda, for functions on ${facts.architecture}`,
    license: "MIT AND Apache-2.0 AND ISC AND BSD-3-Clause AND Zlib",
    files: [prebuiltExecutable, "LICENCES.txt"],
    preferUnplugged: true,
    nativeEngine,
  };
  const folder = join(parent, basename(name));
  await mkdir(folder, { recursive: true });
  await copyFile(executable, join(folder, prebuiltExecutable));
  await chmod(join(folder, prebuiltExecutable), 0o755);
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const triple = targetTriples[facts.architecture];
  await writeFile(join(folder, "LICENCES.txt"), crateLicences(nativeCrateFolder(), triple));
  await writeFile(join(folder, "README.md"), readme(facts, gate.glibcNeeded));
  return folder;
}

async function oldestPlatform(executable: string): Promise<PlatformFacts> {
  const { machine } = await readElf(executable);
  const facts = Object.values(platforms).find((each) => each.imageFolder === "al2" && each.elfMachine === machine);
  if (facts === undefined) throw new Error(`${executable} is for a processor that Lambda does not have`);
  return facts;
}

const readme = (
  { architecture }: PlatformFacts,
  glibcNeeded: string | undefined,
): string => `# ${prebuiltPackageName(architecture)}

The native engine of runtime-aws-lambda for Lambda functions on ${architecture}, Amazon Linux 2 and 2023. It needs glibc ${glibcNeeded}.
Installed beside that package, \`build --engine native\` takes it instead of compiling one, on any machine.
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, ...executables] = process.argv.slice(2);
  if (folder === undefined || executables.length === 0)
    throw new Error("usage: node release/pack-engine.ts FOLDER EXECUTABLE…");
  for (const each of executables) {
    // oxlint-disable-next-line no-await-in-loop -- two
    process.stdout.write(`${await packEngine(each, folder)}\n`);
  }
}
