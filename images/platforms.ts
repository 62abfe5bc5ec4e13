/**
 * The one table of what a function.zip can be built for. Lambda's architecture names are used everywhere; Docker's,
 * npm's and ELF's spellings of the same thing exist only in this file. It imports nothing.
 */

/** A Lambda operating system and architecture, spelled canonically. */
export type Platform = "al2-x86_64" | "al2-arm64" | "al2023-x86_64" | "al2023-arm64";

/** Lambda's name of a processor architecture. */
export type Architecture = "x86_64" | "arm64";

/** Highest symbol versions the platform's shared libraries define. */
export interface SymbolVersionLimits {
  readonly GLIBC: string;
  readonly GLIBCXX: string;
  readonly CXXABI: string;
  readonly GCC: string;
}

/** Everything that differs from one platform to another. */
export interface PlatformFacts {
  readonly platform: Platform;
  /** Value of `Architectures` in CreateFunction. */
  readonly architecture: Architecture;
  /** Value of `Runtime` in CreateFunction. */
  readonly lambdaRuntime: "provided.al2" | "provided.al2023";
  /** Name of the folder beside this file that holds the Dockerfile. */
  readonly imageFolder: "al2" | "al2023";
  /** Docker's `--platform` value. */
  readonly dockerPlatform: "linux/amd64" | "linux/arm64";
  /** `Architecture` in Docker's image inspection. */
  readonly dockerArchitecture: "amd64" | "arm64";
  /** `e_machine` of the ELF header: 62 = EM_X86_64, 183 = EM_AARCH64 (System V ABI). */
  readonly elfMachine: 62 | 183;
  /** The dynamic linker of the platform, the only accepted PT_INTERP. */
  readonly interpreter: string;
  readonly symbolVersions: SymbolVersionLimits;
  /** What AWS says of the Lambda runtime; undefined while nothing is near. */
  readonly deprecation: RuntimeDeprecation | undefined;
}

/** Days of a runtime's end, as YYYY-MM-DD. They have moved before. */
export interface RuntimeDeprecation {
  /** No more updates of the runtime itself. */
  readonly deprecatedOn: string;
  /** From this day on no new functions. */
  readonly blockCreateOn: string;
  /** From this day on no new code for existing functions; invocations go on. */
  readonly blockUpdateOn: string;
  readonly source: string;
}

// glibc, gcc and binutils versions: AWS, "Amazon Linux 2023 user guide, glibc, gcc and binutils"; GLIBCXX and CXXABI
// follow from the gcc version (GCC manual, "ABI policy and guidelines").
const al2 = { GLIBC: "2.26", GLIBCXX: "3.4.24", CXXABI: "1.3.11", GCC: "7.0.0" };
const al2023 = { GLIBC: "2.34", GLIBCXX: "3.4.29", CXXABI: "1.3.13", GCC: "11.0" };

const x86_64 = {
  architecture: "x86_64",
  dockerPlatform: "linux/amd64",
  dockerArchitecture: "amd64",
  elfMachine: 62,
  interpreter: "/lib64/ld-linux-x86-64.so.2",
} as const;
const arm64 = {
  architecture: "arm64",
  dockerPlatform: "linux/arm64",
  dockerArchitecture: "arm64",
  elfMachine: 183,
  interpreter: "/lib/ld-linux-aarch64.so.1",
} as const;
// AWS, "Lambda runtimes", section "Runtimes with upcoming deprecations" and "Deprecated runtimes", as of November 2026.
const al2Deprecation: RuntimeDeprecation = {
  deprecatedOn: "2026-07-31",
  blockCreateOn: "2027-02-01",
  blockUpdateOn: "2027-03-03",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
};

const onAl2 = {
  lambdaRuntime: "provided.al2",
  imageFolder: "al2",
  symbolVersions: al2,
  deprecation: al2Deprecation,
} as const;
const onAl2023 = {
  lambdaRuntime: "provided.al2023",
  imageFolder: "al2023",
  symbolVersions: al2023,
  deprecation: undefined,
} as const;

/** The table. */
export const platforms: Readonly<Record<Platform, PlatformFacts>> = {
  "al2-x86_64": { platform: "al2-x86_64", ...onAl2, ...x86_64 },
  "al2-arm64": { platform: "al2-arm64", ...onAl2, ...arm64 },
  "al2023-x86_64": { platform: "al2023-x86_64", ...onAl2023, ...x86_64 },
  "al2023-arm64": { platform: "al2023-arm64", ...onAl2023, ...arm64 },
};

/** Canonical names in the order of the table. */
export const platformNames: readonly Platform[] = Object.keys(platforms) as Platform[];

const architectureSpellings: Readonly<Record<string, Architecture>> = {
  x86_64: "x86_64",
  x64: "x86_64",
  amd64: "x86_64",
  x86: "x86_64",
  arm64: "arm64",
  aarch64: "arm64",
};

/**
 * Lambda's name of an architecture from any common spelling (`x64`, `amd64`, `aarch64` …, Node's `process.arch`
 * included), or undefined.
 */
export function parseArchitecture(spelling: string): Architecture | undefined {
  return Object.hasOwn(architectureSpellings, spelling) ? architectureSpellings[spelling] : undefined;
}

/** The canonical platform for a spelling such as `al2-x64` or `AL2023-aarch64`, or undefined. */
export function parsePlatform(spelling: string): Platform | undefined {
  const [system, architectureSpelling = ""] = spelling.toLowerCase().split(/-(.*)/s);
  const architecture = parseArchitecture(architectureSpelling);
  const platform = `${system}-${architecture}`;
  return Object.hasOwn(platforms, platform) ? (platform as Platform) : undefined;
}
