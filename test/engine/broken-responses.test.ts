/** Of a server that refuses, breaks off or speaks nonsense, requests of the native engine tell what those of Node.js tell. */
import { createServer, type AddressInfo } from "node:net";
import { expect } from "vitest";
import { engineTimeoutMs } from "../support/native-engine.ts";
import { runOnBothEngines } from "../support/run-on-both-engines.ts";
import { test } from "../support/temporary-folder.ts";

const answers: Readonly<Record<string, string>> = {
  complete: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
  refused: "HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nhello",
  short: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello",
  "torn chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhello",
  "no chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n",
  "half a head": "HTTP/1.1 200 OK\r\nContent-",
  nothing: "",
  "no HTTP": "SSH-2.0-OpenSSH\r\n\r\n",
};

async function startServer() {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (head: Buffer) => {
      const path = head.toString("latin1").split(" ")[1] ?? "";
      socket.end(answers[decodeURIComponent(path.slice(1))] ?? answers["refused"] ?? "");
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
  expect(node.split("\n")).toHaveLength(7 * 14 + 2 + 1 + 1);
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
