/** The output of a container as it comes over the attach connection, taken apart into stdout and stderr. Pure. */

/** A piece of a container's output. */
export interface OutputChunk {
  readonly stream: "stdout" | "stderr";
  readonly chunk: Buffer;
}

const headerBytes = 8;

/**
 * Takes Docker's multiplexed stream apart: frames of an 8-byte header (stream 0..2, three zero bytes, size as uint32 big
 * endian) and a payload (Docker Engine API, "Attach to a container", Stream format). Pieces of a frame are passed on as
 * they arrive; only a split header is held back. A stream that is cut off ends without complaint: the container's exit
 * code tells whether it was done.
 */
export async function* outputChunks(source: AsyncIterable<Buffer>): AsyncGenerator<OutputChunk, void, undefined> {
  let header: Buffer = Buffer.alloc(0);
  let stream: OutputChunk["stream"] = "stdout";
  let remainingBytes = 0;
  for await (const data of source) {
    let rest = data;
    while (rest.length > 0) {
      if (remainingBytes === 0) {
        const taken = rest.subarray(0, headerBytes - header.length);
        header = Buffer.concat([header, taken]);
        rest = rest.subarray(taken.length);
        if (header.length < headerBytes) {
          continue;
        }
        stream = header.readUInt8(0) === 2 ? "stderr" : "stdout";
        remainingBytes = header.readUInt32BE(4);
        header = Buffer.alloc(0);
      } else {
        const chunk = rest.subarray(0, remainingBytes);
        remainingBytes -= chunk.length;
        rest = rest.subarray(chunk.length);
        yield { stream, chunk };
      }
    }
  }
}
