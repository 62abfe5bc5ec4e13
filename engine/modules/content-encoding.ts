/** Undoes what a server has done to the body of a response. Source: RFC 9110, 8.4. */
import { native } from "./native.ts";

/** What a request asks for that says nothing of it. */
export const acceptedEncodings = "gzip, deflate";

/** As lenient as browsers: what broke off is what there is. */
const syncFlush = 2;

/** As Node.js has it: each of them multiplies what comes out. */
const maxCodings = 5;

/**
 * Codings of a body, the first one first; none where one of them is not known: then it stays as it is.
 *
 * @param header `Content-Encoding`
 * @throws Error where there are too many
 */
export function readCodings(header: string): readonly string[] {
  const codings = header
    .toLowerCase()
    .split(",")
    .map((each) => each.trim());
  if (codings.length > maxCodings) {
    throw new Error(`too many content-encodings in response: ${codings.length}, maximum allowed is ${maxCodings}`);
  }
  return codings.every((each) => /^(?:x-)?gzip$|^deflate$/.test(each)) ? codings : [];
}

export function decodeContent(body: AsyncIterable<Uint8Array>, codings: readonly string[]): AsyncIterable<Uint8Array> {
  return codings.reduceRight((rest, coding) => decoded(rest, coding !== "deflate"), body);
}

async function* decoded(body: AsyncIterable<Uint8Array>, isGzip: boolean): AsyncGenerator<Uint8Array> {
  const { Codec } = await import("./zlib-codec.ts");
  let codec: InstanceType<typeof Codec> | undefined;
  for await (const chunk of body) {
    codec ??= new Codec({ isGzip, open: () => native.inflate(isGzip ? gzipWindowBits : windowBitsOf(chunk), "") });
    yield* codec.write(chunk, syncFlush);
  }
}

/** zlib's number for gzip and the largest window. */
const gzipWindowBits = 31;

/** Servers have sent deflate without zlib's header, too, whose first byte names the method 8. */
function windowBitsOf([first = 0]: Uint8Array): number {
  return (first & 15) === 8 ? 15 : -15;
}
