/** A batch as the body of a request. */

const code = (character: string): number => character.charCodeAt(0);
const [openBracket, comma, closeBracket] = [code("["), code(","), code("]")];

/**
 * Written into memory that is used again: for 256 KiB that is fresh each time, the pages of it and the text they are joined
 * to on the way cost nine times as much as the copying.
 */
export class BatchBody {
  #memory: Buffer | undefined;

  /** @returns a JSON array; good until the next call, unless it was given up */
  write(events: readonly string[]): Buffer {
    // UTF-8 has at most three bytes for each unit of a string.
    const mostBytes = events.reduce((bytes, text) => bytes + 3 * text.length + 1, 2);
    if (this.#memory === undefined || this.#memory.length < mostBytes) this.#memory = Buffer.allocUnsafeSlow(mostBytes);
    const memory = this.#memory;
    let end = 0;
    for (const text of events) {
      memory[end] = end === 0 ? openBracket : comma;
      end += 1 + memory.write(text, end + 1);
    }
    memory[end] = closeBracket;
    return memory.subarray(0, end + 1);
  }

  /** What was written may still be read by others. */
  giveUp(): void {
    this.#memory = undefined;
  }
}
