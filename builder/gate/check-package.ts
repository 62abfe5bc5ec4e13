/** Judges all files of an archive: would the bootstrap start, and could everything else be started or loaded? */
import { open } from "node:fs/promises";
import { posix } from "node:path";
import type { PlatformFacts } from "../../images/platforms.ts";
import { BuilderError } from "../errors.ts";
import type { PackagedFile } from "../packaged-file.ts";
import { ElfError, readElf, type ElfFacts } from "./elf.ts";
import { compareVersions, judgeElf, type ElfNeeds, type GateWarning } from "./platform-gate.ts";

/** An ELF file for the platform. */
export interface PackagedObject extends Omit<ElfNeeds, "warnings"> {
  /** In the archive. */
  readonly path: string;
}

/** What {@link checkPackage} found in a package it accepts. */
export interface GateReport extends ElfNeeds {
  /** `bootstrap` first; `glibcNeeded` above is the highest of them. */
  readonly objects: readonly PackagedObject[];
}

/** Interpreters of a script that both Amazon Linux run-times have. */
const scriptInterpreters: readonly string[] = ["/bin/sh", "/bin/bash", "/usr/bin/sh", "/usr/bin/bash"];

/** Where the dynamic linker looks besides the system's folders: LD_LIBRARY_PATH has /var/task and /var/task/lib. */
const libraryFolders: readonly string[] = [".", "lib"];

/**
 * Refuses a package whose bootstrap the platform's kernel or dynamic linker would not start, or that holds another program
 * or library which it would not load. Files for other machines and for musl, which npm packages bring along in numbers, are
 * only warned of.
 *
 * @throws BuilderError `PLATFORM_REFUSED` with every reason in its message; node's error when a file cannot be read
 */
export async function checkPackage(files: readonly PackagedFile[], facts: PlatformFacts): Promise<GateReport> {
  const bootstrap = files.find(({ path }) => path === "bootstrap");
  if (bootstrap === undefined) throw new BuilderError("PLATFORM_REFUSED", "The archive has no file bootstrap");
  const objects: PackagedObject[] = [];
  const warnings: GateWarning[] = [];
  const foreign: string[] = [];
  for (const file of [bootstrap, ...files.filter((each) => each !== bootstrap)]) {
    const isBootstrap = file === bootstrap;
    // oxlint-disable-next-line no-await-in-loop -- few and quick, and the first fault is told
    const start = await firstBytes(file.fromFile);
    if (isBootstrap ? isScript(start, facts) : !isElf(start)) continue;
    // oxlint-disable-next-line no-await-in-loop -- as above
    const elf = await readObject(file, facts, isBootstrap);
    if (elf === undefined || (!isBootstrap && isForeign(elf, facts))) {
      foreign.push(file.path);
      continue;
    }
    const use = isBootstrap || elf.interpreter !== undefined ? "executable" : "library";
    const {
      reasons,
      hints,
      warnings: ofObject,
      ...needs
    } = judgeElf(elf, facts, { use, provided: providedTo(file, elf, files) });
    if (reasons.length > 0) throw refused(file, facts, use, reasons, hints);
    objects.push({ path: file.path, ...needs });
    warnings.push(
      ...ofObject.map((each) => ({
        ...each,
        message: isBootstrap ? each.message : `${file.path}: ${each.message}`,
      })),
    );
  }
  const glibcNeeded = objects
    .flatMap((each) => each.glibcNeeded ?? [])
    .toSorted(compareVersions)
    .at(-1);
  return {
    ...(glibcNeeded === undefined ? {} : { glibcNeeded }),
    libraries: objects[0]?.path === "bootstrap" ? objects[0].libraries : [],
    objects,
    warnings: [...warnings, ...foreignWarning(foreign, facts)],
  };
}

async function firstBytes(path: string): Promise<Buffer> {
  await using handle = await open(path);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
  return buffer.subarray(0, bytesRead);
}

function isElf(start: Buffer): boolean {
  return start.subarray(0, 4).equals(Buffer.from("\u007fELF", "latin1"));
}

/** A bootstrap that the kernel hands to a shell. */
function isScript(start: Buffer, facts: PlatformFacts): boolean {
  if (start.toString("latin1", 0, 2) !== "#!") return false;
  const [line = ""] = start.toString("latin1", 2).split("\n");
  const [interpreter = "", argument = ""] = line.trim().split(/\s+/);
  const program = interpreter === "/usr/bin/env" ? `/bin/${argument}` : interpreter;
  if (scriptInterpreters.includes(program) && !line.endsWith("\r")) return true;
  throw new BuilderError(
    "PLATFORM_REFUSED",
    `bootstrap is a script for ${line.trim()}, which ${facts.platform} does not have`,
    {
      hint: line.endsWith("\r")
        ? "Its lines end in CR LF: write it with LF"
        : `Scripts can be for ${scriptInterpreters.slice(0, 2).join(" and ")}`,
    },
  );
}

/** Undefined for a file that only looks like an ELF file, or is for a machine with other words. */
async function readObject(
  file: PackagedFile,
  facts: PlatformFacts,
  isBootstrap: boolean,
): Promise<ElfFacts | undefined> {
  try {
    return await readElf(file.fromFile);
  } catch (cause) {
    if (!(cause instanceof ElfError)) throw cause;
    if (!isBootstrap) return undefined;
    throw new BuilderError(
      "PLATFORM_REFUSED",
      `Checking for ${facts.platform}: ${cause.message.replace(file.fromFile, file.path)}`,
      { cause },
    );
  }
}

function isForeign({ machine, type, needed, interpreter = "" }: ElfFacts, facts: PlatformFacts): boolean {
  return (
    machine !== facts.elfMachine || type === "OTHER" || [interpreter, ...needed].some((each) => each.includes("musl"))
  );
}

/** Names of the archive's files in the folders where the dynamic linker looks for this object's libraries. */
function providedTo(
  file: PackagedFile,
  { runpath = "" }: ElfFacts,
  files: readonly PackagedFile[],
): ReadonlySet<string> {
  const own = runpath
    .split(":")
    .filter((each) => /^\$(ORIGIN|\{ORIGIN\})/.test(each))
    .map((each) => posix.normalize(each.replace(/^\$(ORIGIN|\{ORIGIN\})/, posix.dirname(file.path))));
  const folders = [...libraryFolders, ...own].map((each) => each.replace(/\/$/, ""));
  return new Set(
    files.filter(({ path }) => folders.includes(posix.dirname(path))).map(({ path }) => posix.basename(path)),
  );
}

function refused(
  file: PackagedFile,
  facts: PlatformFacts,
  use: string,
  reasons: readonly string[],
  hints: readonly string[],
): BuilderError {
  const [first = ""] = reasons;
  const list = reasons.length === 1 ? `it ${first}` : reasons.map((reason) => `\n- it ${reason}`).join("");
  const verb = use === "executable" ? "start" : "be loaded";
  return new BuilderError("PLATFORM_REFUSED", `${file.path} would not ${verb} on ${facts.platform}: ${list}`, {
    hint: [...new Set(hints)].join("\n"),
  });
}

function foreignWarning(paths: readonly string[], { platform }: PlatformFacts): GateWarning[] {
  if (paths.length === 0) return [];
  const shown = paths.slice(0, 3).join(", ");
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : "";
  return [{ code: "FOREIGN_OBJECT", message: `Of no use on ${platform}, but in the archive: ${shown}${more}` }];
}
