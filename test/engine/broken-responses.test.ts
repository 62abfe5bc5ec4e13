/** Of a server that refuses, breaks off or speaks nonsense, requests of the native engine tell what those of Node.js tell. */
import { createServer, type AddressInfo } from "node:net";
import { expect } from "vitest";
import { engineTimeoutMs, runProgram } from "../support/native-engine.ts";
import { runOnBothEngines } from "../support/run-on-both-engines.ts";
import { test } from "../support/temporary-folder.ts";

const complete = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const short = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello";
const refused = "HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nhello";
/** Behind them the connection stays. */
const keptBehind = new Map([
  ["complete", complete],
  ["unfinished", short],
]);
const closedBehind = new Map([
  ["short", short],
  ["torn chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhello"],
  ["no chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n"],
  ["half a head", "HTTP/1.1 200 OK\r\nContent-"],
  ["nothing", ""],
  ["no HTTP", "SSH-2.0-OpenSSH\r\n\r\n"],
]);

async function startServer() {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (head: Buffer) => {
      const path = head.toString("latin1").split(" ")[1] ?? "";
      const name = decodeURIComponent(path.slice(1));
      const last = closedBehind.get(name);
      if (last === undefined) socket.write(keptBehind.get(name) ?? refused);
      else socket.end(last);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return {
    port: String((server.address() as AddressInfo).port),
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("line by line", { timeout: engineTimeoutMs }, async ({ folder }) => {
  await using server = await startServer();
  const { node, native } = await runOnBothEngines("broken-responses.mjs", folder, { PORT: server.port });
  expect(native.stderr).toBe("");
  expect(native.stdout.split("\n")).toEqual(node.split("\n"));
  expect(node.split("\n")).toHaveLength(7 * 14 + 2 + 10 + 1 + 1);
  expect(native.exit).toBe(0);
});

test("an AWS SDK client whose metadata service refuses", { timeout: engineTimeoutMs }, async ({ folder }) => {
  await using server = await startServer();
  const { node, native } = await runOnBothEngines("refused-credentials.mjs", folder, {
    HOME: folder,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://localhost:${server.port}`,
  });
  expect(node).toMatch(/^CredentialsProviderError /);
  expect(native).toEqual({ stdout: node, stderr: "", exit: 0 });
});

test(
  "fetch asks again where a kept connection turns out to be closed",
  { timeout: engineTimeoutMs },
  async ({ folder }) => {
    const connections: number[] = [];
    const server = createServer((socket) => {
      const index = connections.push(0) - 1;
      socket
        .on("error", () => {})
        .on("data", () => {
          connections[index] = (connections[index] ?? 0) + 1;
          if (connections[index] === 1) socket.write(complete);
          else socket.destroy();
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const { stdout } = await runProgram(
        folder,
        `const ask = (method, body) =>
          fetch(${JSON.stringify(url)}, { method, body }).then((response) => response.text(), (error) => error.message);
        (async () => {
          for (const [method, body] of [["GET"], ["GET"], ["POST", "x"]]) console.log(method, await ask(method, body));
        })();`,
      );
      expect(stdout.trim().split("\n")).toEqual(["GET hello", "GET hello", "POST fetch failed"]);
      expect(connections).toEqual([2, 2]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  },
);
