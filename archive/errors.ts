/** What can go wrong while an archive is read or written, each with a stable code. */

/** Stable codes of {@link ArchiveError}. */
export type ArchiveErrorCode =
  /** The bytes are not the archive they should be: garbage, or cut off. */
  | "BAD_ARCHIVE"
  /** The archive holds no entry of that name. */
  | "ENTRY_NOT_FOUND"
  /** The entry exists and is not what may be taken out: a link, a folder, a path that leaves its folder. */
  | "ENTRY_REFUSED";

/** An archive could not be read or written; `hint` says what to do next, `cause` is what came back. */
export class ArchiveError extends Error {
  readonly code: ArchiveErrorCode;
  readonly hint: string | undefined;

  constructor(code: ArchiveErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "ArchiveError";
    this.code = code;
    this.hint = options.hint;
  }
}

/**
 * Why no archive may have an entry of this path, or undefined when it stays inside the folder it is unpacked to, on
 * every operating system. The reason goes on from the path: `is absolute`.
 */
export function entryPathFault(path: string): string | undefined {
  if (path === "") return "is empty";
  if (!path.isWellFormed()) return "is not Unicode: it cannot be written as UTF-8";
  if (path.includes("\0")) return "contains a NUL character";
  if (path.includes("\\")) return "contains a backslash; paths in an archive are separated by /";
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "is absolute";
  return path.split("/").includes("..") ? "leaves the folder it is unpacked to" : undefined;
}
