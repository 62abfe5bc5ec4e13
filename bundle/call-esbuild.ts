/** What esbuild says, for people. */
import { basename, dirname, relative, resolve } from "node:path";
import type { BuildFailure } from "esbuild";
import { BundleError } from "./errors.ts";

/**
 * Calls it, and says in this package's words what it refuses.
 *
 * @throws BundleError `BUNDLE_FAILED`
 */
export async function callEsbuild<Result>(source: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw toBundleError(source, error);
  }
}

function toBundleError(source: string, error: unknown): BundleError {
  const { errors } = error as Partial<BuildFailure>;
  if (!Array.isArray(errors)) {
    return new BundleError("BUNDLE_FAILED", `Bundling ${formatPath(source)} failed: esbuild did not run`, {
      cause: error,
    });
  }
  const locations = errors.map((each) => formatMessage(source, each));
  const more = locations.length > 5 ? `\n… and ${locations.length - 5} more` : "";
  const message = `Bundling ${formatPath(source)} failed:\n${locations.slice(0, 5).join("\n")}${more}`;
  return new BundleError("BUNDLE_FAILED", message, { locations, cause: error });
}

/** What esbuild says of a named import that a module of `native-plugin.ts` does not have. */
const missingExport =
  /No matching export in "runtime-aws-lambda-engine:builtin\/(?:builtin-)?([\w-]+)" for import "(\w+)"/;

interface EsbuildMessage {
  readonly text: string;
  readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
}

/** `file:line:column: text` */
export function formatMessage(source: string, { text, location }: EsbuildMessage): string {
  const words = text.replace(missingExport, "The native engine's node:$1 has no $2");
  if (location === null) return words;
  return `${formatPath(resolve(dirname(source), location.file))}:${location.line}:${location.column + 1}: ${words}`;
}

/** From the folder the command was started in, where it is below it. */
export function formatPath(path: string): string {
  const fromHere = relative("", path);
  return fromHere.startsWith("..") ? resolve(path) : fromHere || basename(path);
}
