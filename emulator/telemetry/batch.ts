/** Events on their way to a listener, as the bytes that it gets. */

/** The character before the first event, that before each further one, and the one behind the last. */
export type Framing = readonly [open: number | undefined, between: number, close: number];

const code = (character: string): number => character.charCodeAt(0);
export const jsonArray: Framing = [code("["), code(","), code("]")];
export const jsonLines: Framing = [undefined, code("\n"), code("\n")];

/** UTF-8 has at most three bytes for each unit of a string. */
export const mostBytesPerUnit = 3;
const firstBytes = 16 * 1024;

/**
 * Each event is written behind the one before, into memory that is used again: texts that wait to be joined would be moved
 * by the garbage collector meanwhile, and the pages of 256 fresh KiB cost nine times as much as the copying.
 */
export class Batch {
  readonly #framing: Framing;
  #memory: Buffer = Buffer.allocUnsafeSlow(firstBytes);
  #end = 0;
  #items = 0;
  #bytes = 0;

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  get items(): number {
    return this.#items;
  }

  /** Of the events alone. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @returns how many bytes the event has */
  push(text: string): number {
    this.#reserve(mostBytesPerUnit * text.length + 2);
    const [open, between] = this.#framing;
    const before = this.#items === 0 ? open : between;
    if (before !== undefined) this.#memory[this.#end++] = before;
    const bytes = this.#memory.write(text, this.#end);
    this.#end += bytes;
    this.#bytes += bytes;
    this.#items++;
    return bytes;
  }

  /** All of it; good until the batch changes. */
  body(): Buffer {
    this.#memory[this.#end] = this.#framing[2];
    return this.#memory.subarray(0, this.#end + 1);
  }

  /** Empty again. */
  clear(): void {
    this.#end = 0;
    this.#bytes = 0;
    this.#items = 0;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#memory.length) return;
    const memory = Buffer.allocUnsafeSlow(Math.max(2 * this.#memory.length, this.#end + bytes));
    this.#memory.copy(memory, 0, 0, this.#end);
    this.#memory = memory;
  }
}
