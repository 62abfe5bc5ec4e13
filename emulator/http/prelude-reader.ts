/** Takes a stream of `application/vnd.awslambda.http-integration-response` apart: JSON prelude, eight NULs, body. */
import { mergeHeaders, readCookies, readHeaders, readMultiValueHeaders, withContentType } from "./answer-headers.ts";
import { applyRules, urlHeaderRules, type HeaderRules } from "./header-rules.ts";
import type { HeaderList } from "./http-request.ts";
import { membersOf, parseResult, readStatus } from "./structured-answer.ts";

/** Prelude and delimiter lie in the first 16 KiB (API Gateway developer guide, "Response transfer mode", Lambda). */
export const maxPreludeBytes = 16_384;
/** How many NUL bytes end the prelude (the same source). */
const delimiterBytes = 8;

/**
 * - `PRELUDE_MALFORMED`: it is no JSON, or its members have impossible values.
 * - `PRELUDE_TOO_LONG`: no delimiter in the first 16 KiB.
 * - `PRELUDE_INCOMPLETE`: the stream ended before the delimiter.
 */
export type PreludeErrorCode = "PRELUDE_MALFORMED" | "PRELUDE_TOO_LONG" | "PRELUDE_INCOMPLETE";

/** A streamed answer cannot be sent, since nobody knows its status and headers. */
export class PreludeError extends Error {
  readonly code: PreludeErrorCode;

  constructor(code: PreludeErrorCode, problem: string) {
    super(`Reading the prelude of a streamed answer: ${problem}`);
    this.code = code;
  }

  static {
    this.prototype.name = "PreludeError";
  }
}

/** Status and headers of a streamed answer. */
export interface Prelude {
  /** @default 200 */
  readonly statusCode: number;
  /** Cookies among them, and those of the message itself renamed. `content-type` is there always. */
  readonly headers: HeaderList;
}

/** What a chunk brought. */
export interface PreludePart {
  /** Once, with the chunk that completes it. */
  readonly prelude?: Prelude;
  /** Bytes of the body, never empty; a view of the chunk. */
  readonly body?: Uint8Array;
}

/**
 * Reads incrementally; how the stream is cut into chunks makes no difference. Each byte is looked at once.
 *
 * The prelude cannot contain a NUL, as JSON cannot: the first one begins the delimiter.
 */
export class PreludeReader {
  readonly #head: Buffer = Buffer.allocUnsafe(maxPreludeBytes);
  #headBytes = 0;
  #nulls = 0;
  #isComplete = false;
  #error: PreludeError | undefined;
  readonly #headerRules: HeaderRules;

  /** @param headerRules @default those of function URLs */
  constructor(headerRules: HeaderRules = urlHeaderRules) {
    this.#headerRules = headerRules;
  }

  /**
   * @param chunk is not kept, but `body` is a view of it
   * @throws PreludeError; once it did, every call throws the same
   */
  push(chunk: Uint8Array): PreludePart {
    if (this.#error !== undefined) throw this.#error;
    if (this.#isComplete) return bodyOf(chunk);
    const from = this.#readHead(chunk);
    if (from === undefined) return {};
    const prelude = this.#parse();
    this.#isComplete = true;
    return { prelude, ...bodyOf(chunk.subarray(from)) };
  }

  /**
   * The stream has ended. One without any byte has no prelude and no error: that is what a function sends that ends its
   * stream without a write (AWS's runtime client for Node.js).
   *
   * @throws PreludeError
   */
  end(): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#isComplete || this.#headBytes + this.#nulls === 0) return;
    throw this.#fail("PRELUDE_INCOMPLETE", "the stream ended before the eight NUL bytes that end it");
  }

  /** Where in the chunk the body begins, if it does. */
  #readHead(chunk: Uint8Array): number | undefined {
    const limit = Math.min(chunk.length, maxPreludeBytes - this.#headBytes - this.#nulls);
    let at = 0;
    if (this.#nulls === 0) {
      const firstNull = chunk.subarray(0, limit).indexOf(0);
      at = firstNull === -1 ? limit : firstNull;
      this.#head.set(chunk.subarray(0, at), this.#headBytes);
      this.#headBytes += at;
    }
    for (; at < limit; at++) {
      if (chunk[at] !== 0) throw this.#fail("PRELUDE_MALFORMED", `${this.#nulls} NUL bytes instead of eight`);
      this.#nulls++;
      if (this.#nulls === delimiterBytes) return at + 1;
    }
    if (this.#headBytes + this.#nulls < maxPreludeBytes) return undefined;
    throw this.#fail("PRELUDE_TOO_LONG", `it does not end in the first ${maxPreludeBytes} bytes`);
  }

  #parse(): Prelude {
    const members = membersOf(parseResult(this.#head.subarray(0, this.#headBytes))?.value);
    if (members === undefined) throw this.#fail("PRELUDE_MALFORMED", "it is no JSON object");
    const statusCode = readStatus(members["statusCode"] ?? 200);
    if (statusCode === undefined) throw this.#fail("PRELUDE_MALFORMED", "its statusCode is no status of an answer");
    const headers = readHeaders(members["headers"]);
    const multiValueHeaders = readMultiValueHeaders(members["multiValueHeaders"]);
    const cookies = readCookies(members["cookies"]);
    if (headers === undefined || multiValueHeaders === undefined || cookies === undefined) {
      throw this.#fail("PRELUDE_MALFORMED", "its headers or cookies have values that HTTP cannot carry");
    }
    const merged = withContentType(mergeHeaders(headers, multiValueHeaders), "application/octet-stream");
    return { statusCode, headers: [...applyRules(merged, this.#headerRules), ...cookies] };
  }

  #fail(code: PreludeErrorCode, problem: string): PreludeError {
    this.#error = new PreludeError(code, problem);
    return this.#error;
  }
}

function bodyOf(bytes: Uint8Array): PreludePart {
  return bytes.length === 0 ? {} : { body: bytes };
}
