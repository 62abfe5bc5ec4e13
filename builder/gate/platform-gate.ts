/** Judges whether an ELF file would be started or loaded on a platform, and whether Lambda would take the archive. */
import { posix } from "node:path";
import { platforms, type PlatformFacts, type SymbolVersionLimits } from "../../images/platforms.ts";
import type { ElfFacts, VersionNeed } from "./elf.ts";
import { BuilderError } from "../errors.ts";

/**
 * Something that works, or may work, and should be known.
 * - `WEAK_SYMBOL_VERSION`: a version the platform lacks is asked for, but not insisted on.
 * - `ABSOLUTE_RUNPATH`: libraries would be searched in a folder of the machine that built it.
 * - `FOREIGN_OBJECT`: a file of the archive is for another machine, system or libc, and of no use.
 * - `PLATFORM_DEPRECATED`: AWS has set an end to the platform.
 * - `ARCHIVE_NEEDS_S3`: too large for a direct upload.
 */
export interface GateWarning {
  readonly code:
    | "WEAK_SYMBOL_VERSION"
    | "ABSOLUTE_RUNPATH"
    | "FOREIGN_OBJECT"
    | "PLATFORM_DEPRECATED"
    | "ARCHIVE_NEEDS_S3";
  readonly message: string;
}

/** How an ELF file is used: started by the kernel, or loaded by a program. */
export type ElfUse = "executable" | "library";

/** What an ELF file asks of its platform. */
export interface ElfNeeds {
  /** The oldest glibc it starts with, such as `2.17`; absent when it asks for none. */
  readonly glibcNeeded?: string;
  /** Shared libraries it loads. */
  readonly libraries: readonly string[];
  readonly warnings: readonly GateWarning[];
}

/** What {@link judgeElf} says; `reasons` is empty for an executable that starts. */
export interface ElfVerdict extends ElfNeeds {
  /** Each goes on from the executable's name: `needs GLIBC_2.28 …`. */
  readonly reasons: readonly string[];
  /** Ways out, in the order of the reasons. */
  readonly hints: readonly string[];
}

/** A zip in the request of CreateFunction and UpdateFunctionCode must be smaller (AWS, "Lambda quotas", 50 MB). */
export const maxZippedBytes = 52_428_800;
/** The unzipped function must be smaller (AWS, "Lambda quotas", 250 MB). */
export const maxUnzippedBytes = 262_144_000;

/**
 * Judges one ELF file.
 *
 * @param provided names of libraries that the archive itself has where the dynamic linker finds them
 */
export function judgeElf(
  elf: ElfFacts,
  facts: PlatformFacts,
  { use = "executable", provided = new Set() }: { use?: ElfUse; provided?: ReadonlySet<string> } = {},
): ElfVerdict {
  const refusals = [
    ...judgeHeader(elf, facts, use),
    ...judgeInterpreter(elf, facts),
    ...judgeLibraries(elf, facts, provided),
    ...judgeVersions(elf, facts),
  ];
  const glibcNeeded = glibcNeed(elf);
  return {
    ...(glibcNeeded !== undefined && { glibcNeeded }),
    libraries: elf.needed,
    warnings: [...weakWarnings(elf, facts), ...runpathWarnings(elf)],
    reasons: refusals.map(({ reason }) => reason),
    hints: refusals.map(({ hint }) => hint),
  };
}

/**
 * Warns of an archive that has to be uploaded through S3.
 *
 * @throws BuilderError `ARCHIVE_TOO_LARGE` when Lambda would not take it at all
 */
export function checkArchiveSize(size: {
  readonly zippedBytes: number;
  readonly unzippedBytes: number;
}): GateWarning[] {
  if (size.unzippedBytes >= maxUnzippedBytes) {
    const message = `The archive holds ${size.unzippedBytes} bytes unzipped; Lambda takes less than ${maxUnzippedBytes}`;
    throw new BuilderError("ARCHIVE_TOO_LARGE", message, {
      hint: "Leave out what the function does not need, strip the executable, or deploy the function as a container image",
    });
  }
  if (size.zippedBytes < maxZippedBytes) return [];
  const message =
    `The archive has ${size.zippedBytes} bytes; a direct upload takes less than ${maxZippedBytes}. ` +
    "Upload it to S3 and name the bucket and key in CreateFunction or UpdateFunctionCode (S3Bucket, S3Key)";
  return [{ code: "ARCHIVE_NEEDS_S3", message }];
}

/** Tells of the end of the platform's Lambda runtime. */
export function deprecationWarnings({ lambdaRuntime, deprecation, platform }: PlatformFacts): GateWarning[] {
  if (deprecation === undefined) return [];
  const { deprecatedOn, blockCreateOn, blockUpdateOn, source } = deprecation;
  const message =
    `AWS deprecates ${lambdaRuntime} on ${deprecatedOn}, refuses new functions from ${blockCreateOn} and new code from ` +
    `${blockUpdateOn} on (${source} has the days that count); ${platform.replace("al2", "al2023")} has no such end`;
  return [{ code: "PLATFORM_DEPRECATED", message }];
}

interface Refusal {
  readonly reason: string;
  readonly hint: string;
}

function judgeHeader({ machine, type, interpreter, needed }: ElfFacts, facts: PlatformFacts, use: ElfUse): Refusal[] {
  const refusals: Refusal[] = [];
  if (machine !== facts.elfMachine) {
    const other = Object.values(platforms).find((each) => each.elfMachine === machine)?.architecture;
    refusals.push({
      reason: `is built for ${other ?? `a processor Lambda does not have (e_machine ${machine})`}, not for ${facts.architecture}`,
      hint: other
        ? `Build it for ${facts.architecture}, or choose --platform ${facts.imageFolder}-${other}`
        : `Build it for ${facts.architecture}`,
    });
  }
  if (use === "library") return refusals;
  if (type === "OTHER" || (type === "DYN" && interpreter === undefined && needed.length > 0)) {
    const kind = type === "OTHER" ? "an object file or a core dump" : "a shared library";
    refusals.push({ reason: `is ${kind}, not an executable`, hint: "Link it as an executable" });
  }
  return refusals;
}

function judgeInterpreter({ interpreter, machine }: ElfFacts, facts: PlatformFacts): Refusal[] {
  // The linker that goes with another architecture is no news beside the architecture.
  const usual = Object.values(platforms).find((each) => each.elfMachine === machine)?.interpreter;
  if (interpreter === undefined || interpreter === facts.interpreter || interpreter === usual) return [];
  const musl = posix.basename(interpreter).startsWith("ld-musl");
  return [
    {
      reason: `asks for the dynamic linker ${interpreter}${musl ? " (musl)" : ""}; the platform has ${facts.interpreter}`,
      hint: musl
        ? "Link it fully static, or against glibc"
        : `Link it with the default dynamic linker, or set it: patchelf --set-interpreter ${facts.interpreter}`,
    },
  ];
}

/** glibc's own libraries that programs link to, and gcc's two; all of them are in both Amazon Linux run-times. */
function allowedLibraries(facts: PlatformFacts): ReadonlySet<string> {
  const glibc = ["libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1"];
  const linkers = Object.values(platforms).map(({ interpreter }) => posix.basename(interpreter));
  // glibc 2.22 has it for x86_64; arm64 had to wait for 2.38.
  const vectorMath = facts.architecture === "x86_64" ? ["libmvec.so.1"] : [];
  return new Set([
    ...glibc,
    "libresolv.so.2",
    "libanl.so.1",
    ...linkers,
    ...vectorMath,
    "libgcc_s.so.1",
    "libstdc++.so.6",
  ]);
}

function judgeLibraries({ needed }: ElfFacts, facts: PlatformFacts, provided: ReadonlySet<string>): Refusal[] {
  const allowed = allowedLibraries(facts);
  return needed
    .filter((library) => !allowed.has(library) && !provided.has(library))
    .map((library) => ({
      reason: `needs the library ${library}, which the platform does not promise`,
      hint: `Link ${library} statically, or choose an engine or a build without it`,
    }));
}

function judgeVersions(elf: ElfFacts, facts: PlatformFacts): Refusal[] {
  const hard = missingVersions(elf, facts).filter(({ weak }) => !weak);
  return highestOfEach(hard).map((need) => ({
    reason: `needs ${need.version} of ${need.library}; ${limitOf(need, facts)}`,
    hint: versionHint(elf, facts),
  }));
}

function weakWarnings(elf: ElfFacts, facts: PlatformFacts): GateWarning[] {
  const weak = missingVersions(elf, facts).filter((need) => need.weak);
  return weak.map((need) => ({
    code: "WEAK_SYMBOL_VERSION",
    message: `It prefers ${need.version} of ${need.library}, but starts without; ${limitOf(need, facts)}`,
  }));
}

function runpathWarnings({ runpath = "" }: ElfFacts): GateWarning[] {
  const folders = runpath.split(":").filter((folder) => folder.startsWith("/"));
  return folders.map((folder) => ({
    code: "ABSOLUTE_RUNPATH",
    message: `It searches its libraries in ${folder} (RUNPATH), a folder of the machine it was built on`,
  }));
}

/** Versions of the allowed libraries that the platform's copies do not define. */
function missingVersions({ versionNeeds }: ElfFacts, facts: PlatformFacts): VersionNeed[] {
  const allowed = allowedLibraries(facts);
  return versionNeeds.filter((need) => {
    if (!allowed.has(need.library) || versionsWithoutNumber.has(need.version)) return false;
    const parsed = parseVersion(need);
    return parsed === undefined || compareVersions(parsed.number, facts.symbolVersions[parsed.family]) > 0;
  });
}

/** Older than gcc 7. Other names without a number are news to both platforms, such as glibc 2.36's GLIBC_ABI_DT_RELR. */
const versionsWithoutNumber: ReadonlySet<string> = new Set(["CXXABI_TM_1", "CXXABI_FLOAT128"]);

function parseVersion({ version }: VersionNeed): { family: keyof SymbolVersionLimits; number: string } | undefined {
  const match = /^(GLIBC|GLIBCXX|CXXABI|GCC)_(\d+(?:\.\d+)*)$/.exec(version);
  return match ? { family: match[1] as keyof SymbolVersionLimits, number: match[2] ?? "" } : undefined;
}

function highestOfEach(needs: readonly VersionNeed[]): VersionNeed[] {
  const highest = new Map<string, VersionNeed>();
  for (const need of needs) {
    const parsed = parseVersion(need);
    const key = `${need.library} ${parsed?.family ?? need.version}`;
    const known = highest.get(key);
    const knownNumber = known && parseVersion(known)?.number;
    if (!knownNumber || compareVersions(parsed?.number ?? "", knownNumber) > 0) highest.set(key, need);
  }
  return [...highest.values()];
}

function limitOf(need: VersionNeed, facts: PlatformFacts): string {
  const family = parseVersion(need)?.family;
  return family
    ? `the platform has up to ${family}_${facts.symbolVersions[family]}`
    : "the platform does not define it";
}

/** The highest version of glibc without which it does not start. */
function glibcNeed({ versionNeeds }: ElfFacts): string | undefined {
  const hard = versionNeeds.filter(({ weak }) => !weak).map(parseVersion);
  const versions = hard.flatMap((each) => (each?.family === "GLIBC" ? [each.number] : []));
  return versions.toSorted(compareVersions).at(-1);
}

/** What those of nodejs.org are built for, since Node.js 18. */
const glibcOfNode = "2.28";

function versionHint(elf: ElfFacts, facts: PlatformFacts): string {
  const roomier = Object.values(platforms).find(
    (other) => other.elfMachine === facts.elfMachine && missingVersions(elf, other).every(({ weak }) => weak),
  );
  const compile = `compile it in the platform's own image (--site docker), or against glibc ${facts.symbolVersions.GLIBC}`;
  const ways =
    roomier === undefined ? compile : `${compile}. Or build for ${roomier.platform}, whose libraries are new enough`;
  return glibcNeed(elf) === glibcOfNode
    ? `A Node.js executable needs glibc ${glibcOfNode}: for ${facts.platform} choose --engine bun. Otherwise: ${ways}`
    : `C${ways.slice(1)}`;
}

/** Numerically, part by part: 2.9 is below 2.17, and 11.0 equals 11. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  const length = Math.max(left.length, right.length);
  const differences = Array.from({ length }, (_, index) => (left[index] ?? 0) - (right[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}
