/**
 * What stands in for `/tmp` of the environments of one function. A crash or a timeout resets an environment and keeps the
 * folder (AWS Lambda developer guide, "Failures during the invoke phase"); here the next environment gets it.
 */

interface LeftFolder {
  readonly path: string;
  /** Whose files are in it. */
  readonly tenantId: string | undefined;
}

/** One per function. */
export class TemporaryFolders {
  #left: LeftFolder[] = [];

  /** The one that was left last; undefined where there is none. */
  take(tenantId: string | undefined): string | undefined {
    const index = this.#left.findLastIndex((each) => each.tenantId === tenantId);
    return index < 0 ? undefined : this.#left.splice(index, 1)[0]?.path;
  }

  /** By an environment that was reset. */
  leave(path: string | undefined, tenantId: string | undefined): void {
    if (path !== undefined) this.#left.push({ path, tenantId });
  }

  /** New code gets new ones. */
  forget(): void {
    this.#left = [];
  }
}
