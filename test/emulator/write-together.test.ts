/** Messages of every length around the limits of sockets reach a reader that lets the writer wait. */
import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { payloadChunk } from "../../emulator/streaming/event-stream.ts";
import { flushed } from "../../emulator/streaming/flushed.ts";
import { writeTogether } from "../../emulator/streaming/write-together.ts";

const pieces = 100;
/** Node.js calls a writer to wait at this many bytes. */
const highWaterMark = 65_536;

test.for([-200, -100, -60, -50, -30, -10, 0, 10])("%i bytes beside the mark", async (more) => {
  const piece = Buffer.alloc(highWaterMark + more);
  const server = createServer((_request, response) => {
    void (async () => {
      for (let written = 0; written < pieces; written++) {
        writeTogether(response, payloadChunk(piece));
        // oxlint-disable-next-line no-await-in-loop -- at the reader's speed
        await flushed(response);
      }
      response.end();
    })();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const outgoing = request({ port: (server.address() as AddressInfo).port, agent: false });
  outgoing.end();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(bytes).toBeGreaterThan(pieces * piece.length);
  server.close();
});
