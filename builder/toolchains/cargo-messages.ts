/** What cargo tells programs: JSON lines on stdout. Source: The Cargo Book, "External tools", "JSON messages". */

/** A program that cargo made. */
export interface CargoExecutable {
  /** Of the binary target. */
  readonly name: string;
  /** Absolute path where cargo ran. */
  readonly path: string;
}

/** The executables of the binary targets that were built, or were up to date, by name. */
export function readCargoExecutables(stdout: string): readonly CargoExecutable[] {
  return stdout
    .split("\n")
    .map((line) => readExecutable(line))
    .filter((each) => each !== undefined)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function readExecutable(line: string): CargoExecutable | undefined {
  if (!line.startsWith("{")) return undefined;
  const { reason, executable, target } = JSON.parse(line) as {
    readonly reason: string;
    readonly executable?: string | null;
    readonly target?: { readonly name: string; readonly kind: readonly string[] };
  };
  const isBinary = reason === "compiler-artifact" && target?.kind.includes("bin") === true;
  return isBinary && typeof executable === "string" ? { name: target.name, path: executable } : undefined;
}
