/** The last lines of a log, gathered from pieces of any size and from one or two streams. */
import { StringDecoder } from "node:string_decoder";

const maxLines = 40;
// A line longer than this is cut: a progress bar without line ends must not fill the memory.
const maxLineChars = 10_000;

/** Keeps the last 40 lines of what it is given; calls `onLine` for every complete line. */
export class LogTail {
  readonly #onLine: ((line: string) => void) | undefined;
  // One unfinished line for each stream: stderr may come in the middle of a line, or of a character, of stdout.
  readonly #unfinished = new Map<string, { readonly decoder: StringDecoder; text: string }>();
  readonly #lines: string[] = [];

  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Takes the next piece of a stream; text may be split anywhere, bytes inside a character too. */
  write(piece: string | Buffer, stream: "stdout" | "stderr" = "stdout"): void {
    const unfinished = this.#unfinished.get(stream) ?? { decoder: new StringDecoder("utf8"), text: "" };
    this.#unfinished.set(stream, unfinished);
    const text = typeof piece === "string" ? piece : unfinished.decoder.write(piece);
    const parts = (unfinished.text + text).split("\n");
    unfinished.text = (parts.pop() ?? "").slice(-maxLineChars);
    for (const line of parts) {
      this.#add(line);
    }
  }

  /** The tail so far, oldest line first, without an unfinished line. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Ends the log: a last line without line end counts too. Returns the tail, oldest line first. */
  end(): readonly string[] {
    for (const { text } of this.#unfinished.values()) {
      if (text !== "") {
        this.#add(text);
      }
    }
    this.#unfinished.clear();
    return this.#lines;
  }

  #add(raw: string): void {
    const line = raw.replace(/\r$/, "");
    this.#onLine?.(line);
    this.#lines.push(line);
    if (this.#lines.length > maxLines) {
      this.#lines.shift();
    }
  }
}
