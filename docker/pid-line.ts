/** The pid that comes as a first line before the output of a process. Pure. */

/** Takes the line off. */
export class PidLine {
  readonly #pid = Promise.withResolvers<number | undefined>();
  #line: string | undefined = "";

  /** Undefined when the output ended before it. */
  get pid(): Promise<number | undefined> {
    return this.#pid.promise;
  }

  /** What comes behind the line of the next piece of output. */
  take(chunk: Buffer): Buffer {
    if (this.#line === undefined) return chunk;
    const end = chunk.indexOf("\n");
    this.#line += chunk.toString("latin1", 0, end === -1 ? chunk.length : end);
    if (end === -1) return chunk.subarray(chunk.length);
    const line = this.#line;
    this.#line = undefined;
    const rest = chunk.subarray(end + 1);
    if (/^\d+$/.test(line)) {
      this.#pid.resolve(Number(line));
      return rest;
    }
    // The daemon's own words.
    this.#pid.resolve(undefined);
    return Buffer.concat([Buffer.from(`${line}\n`, "latin1"), rest]);
  }

  /** No more output. */
  end(): void {
    this.#pid.resolve(undefined);
  }
}
