/** Streams as many MiB as the event says, in pieces of 64 KiB, and waits where it should. */
const piece = Buffer.alloc(64 * 1024, "0123456789abcdef");

export const handler = awslambda.streamifyResponse(async ({ mib }, stream) => {
  for (let count = 0; count < mib * 16; count++) {
    if (!stream.write(piece)) await new Promise((resolve) => stream.once("drain", resolve));
  }
  stream.end();
});
