/** A file of the archive-to-be. */
export interface PackagedFile {
  /** Path in the archive, with `/` between folders. */
  readonly path: string;
  /** Where it is on this machine. */
  readonly fromFile: string;
  /** Permission bits, such as 0o755. */
  readonly mode: number;
}
