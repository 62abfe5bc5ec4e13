/** Sockets of the native engine put bytes where they are told to (`onread`), as those of Node.js do. */
import { createServer, type AddressInfo } from "node:net";
import { expect } from "vitest";
import { engineTimeoutMs } from "../support/native-engine.ts";
import { runOnBothEngines } from "../support/run-on-both-engines.ts";
import { test } from "../support/temporary-folder.ts";

test("line by line", { timeout: engineTimeoutMs }, async ({ folder }) => {
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const environment = { PORT: String((server.address() as AddressInfo).port) };
  const { node, native } = await runOnBothEngines("onread.mjs", folder, environment);
  await new Promise((resolve) => server.close(resolve));
  expect(native.stderr).toBe("");
  expect(native.stdout.split("\n")).toEqual(node.split("\n"));
  expect(node).toContain('a buffer {"bytes":200000,"isTheBuffer":true,"fits":true,"dataEvents":0}');
});
