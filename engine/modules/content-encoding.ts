/** Undoes what a server has done to the body of a response. Source: RFC 9110, 8.4. */
import { native } from "./native.ts";

/** What a request asks for that says nothing of it. */
export const acceptedEncodings = "gzip, deflate";

/** As lenient as browsers: what broke off is what there is. */
const syncFlush = 2;

/** @param header `Content-Encoding`; with a coding in it that is not known the body stays as it is */
export function decodeContent(body: AsyncIterable<Uint8Array>, header: string): AsyncIterable<Uint8Array> {
  const codings = header
    .toLowerCase()
    .split(",")
    .map((each) => each.trim());
  if (!codings.every((each) => /^(?:x-)?gzip$|^deflate$/.test(each))) return body;
  return codings.reduceRight((rest, coding) => decoded(rest, coding !== "deflate"), body);
}

async function* decoded(body: AsyncIterable<Uint8Array>, isGzip: boolean): AsyncGenerator<Uint8Array> {
  const { Codec } = await import("./zlib-codec.ts");
  let codec: InstanceType<typeof Codec> | undefined;
  let pieces: Uint8Array[] = [];
  for await (const chunk of body) {
    codec ??= new Codec({ isGzip, open: () => native.inflate(isGzip ? gzipWindowBits : windowBitsOf(chunk), "") });
    codec.write(chunk, syncFlush, (piece) => pieces.push(piece));
    yield* pieces;
    pieces = [];
  }
}

/** zlib's number for gzip and the largest window. */
const gzipWindowBits = 31;

/** Servers have sent deflate without zlib's header, too, whose first byte names the method 8. */
function windowBitsOf([first = 0]: Uint8Array): number {
  return (first & 15) === 8 ? 15 : -15;
}
