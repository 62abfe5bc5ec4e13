/**
 * The least that relays an invocation to a runtime and its answer back, with `node:http`: no checks, no limits, no
 * timeout, no log, no second function. Serves both sides on one port; starts the runtimes and prints its address.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const [bootstrap = "", concurrency] = process.argv.slice(2);
const runtimes: ServerResponse[] = [];
const waiting: { caller: ServerResponse; payload: Buffer }[] = [];
const callers = new Map<string, ServerResponse>();

function deliver(): void {
  const runtime = runtimes.length > 0 && waiting.length > 0 ? runtimes.pop() : undefined;
  const invocation = runtime === undefined ? undefined : waiting.shift();
  if (runtime === undefined || invocation === undefined) return;
  const requestId = randomUUID();
  callers.set(requestId, invocation.caller);
  runtime.writeHead(200, {
    "Lambda-Runtime-Aws-Request-Id": requestId,
    "Lambda-Runtime-Deadline-Ms": String(Date.now() + 3000),
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:hello",
    "Content-Length": invocation.payload.length,
  });
  runtime.end(invocation.payload);
}

function receive(request: IncomingMessage, onBody: (body: Buffer) => void): void {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => onBody(Buffer.concat(parts)));
}

process.once("SIGTERM", () => process.exit());
const server = createServer((request, response) => {
  const [, , , , requestId = "", kind] = request.url?.split("/") ?? [];
  if (requestId === "next") {
    runtimes.push(response);
    return deliver();
  }
  receive(request, (body) => {
    if (kind !== "response") {
      waiting.push({ caller: response, payload: body });
      return deliver();
    }
    response.writeHead(202, { "Content-Length": 0 }).end();
    callers.get(requestId)?.writeHead(200, { "Content-Length": body.length }).end(body);
    callers.delete(requestId);
  });
});
server.listen(0, "127.0.0.1", () => {
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (let started = 0; started < Number(concurrency); started++) {
    const child = spawn(process.execPath, [bootstrap], {
      env: { AWS_LAMBDA_RUNTIME_API: authority },
      stdio: "inherit",
    });
    process.once("exit", () => child.kill("SIGKILL"));
  }
  console.log(`http://${authority}`);
});
