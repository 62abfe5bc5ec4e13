/** The modules and globals of Node.js that the native engine has make the same of everything as Node.js itself. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";
import { engineTimeoutMs } from "../support/native-engine.ts";
import { runOnBothEngines } from "../support/run-on-both-engines.ts";
import { test } from "../support/temporary-folder.ts";

async function startServer() {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      if (request.url === "/large") return response.end("x".repeat(3_000_000));
      if (request.url === "/redirect") return response.writeHead(302, { Location: "/text" }).end();
      if (request.url?.startsWith("/away?") === true) {
        return response.writeHead(302, { Location: decodeURIComponent(request.url.slice("/away?".length)) }).end();
      }
      if (request.url === "/secrets") {
        const { authorization, cookie, host, "proxy-authorization": proxy, "x-given": given } = request.headers;
        return response.end(JSON.stringify({ authorization, cookie, proxy, given, isHost: host?.startsWith("127.") }));
      }
      if (request.url === "/text") return response.end("text");
      if (request.url === "/never") return undefined;
      const { method, headers } = request;
      const { "x-given": given, "content-type": contentType, "content-length": length } = headers;
      const body = Buffer.concat(parts).toString();
      response.setHeader("Content-Type", "application/json");
      return response.end(JSON.stringify({ method, given, contentType, length, body }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test.for(["small-modules.mjs", "urls.mjs", "zlib.mjs"])(
  "%s, line by line",
  { timeout: engineTimeoutMs },
  async (name, { folder }) => {
    const { node, native } = await runOnBothEngines(name, folder, {});
    expect(native.stderr).toBe("");
    expect(native.stdout.split("\n")).toEqual(node.split("\n"));
    expect(native.exit).toBe(0);
  },
);

test("modules.mjs, line by line", { timeout: engineTimeoutMs }, async ({ folder }) => {
  await using server = await startServer();
  await using other = await startServer();
  let closed: string;
  {
    await using third = await startServer();
    closed = third.url;
  }
  const { node, native } = await runOnBothEngines("modules.mjs", folder, {
    SERVER: server.url,
    OTHER: other.url,
    CLOSED: closed,
  });
  expect(native.stderr).toBe("");
  expect(native.stdout.split("\n")).toEqual(node.split("\n"));
  expect(native.exit).toBe(0);
});
