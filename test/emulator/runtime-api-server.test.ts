import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../emulator/clock.ts";
import { ExecutionEnvironment } from "../../emulator/execution-environment.ts";
import { configureFunction } from "../../emulator/function-configuration.ts";
import type { InvocationInProgress } from "../../emulator/invocation.ts";
import type { ExitStatus, RunningProcess } from "../../emulator/launchers/launcher.ts";
import { createRuntimeApiServer, type RuntimeApiEndpoint } from "../../emulator/runtime-api/runtime-api-server.ts";
import { aProcess, aSandbox } from "../support/a-sandbox.ts";
import { anInvocation } from "../support/an-invocation.ts";

let endpoint: RuntimeApiEndpoint;
let environment: ExecutionEnvironment;
let inProgress: InvocationInProgress;
let log: string[];
const url = (path: string): string => `http://127.0.0.1:${endpoint.port}/2018-06-01/runtime${path}`;
const post = (path: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url(path), { method: "POST", body, headers });

beforeEach(async () => {
  log = [];
  environment = new ExecutionEnvironment({
    configuration: configureFunction("test", { source: "" }, { region: "us-east-1", accountId: "0".repeat(12) }),
    clock: systemClock,
    onLog: ({ line }) => log.push(line),
    onFree: () => {},
    onGone: () => {},
  });
  endpoint = await createRuntimeApiServer(systemClock).listen(environment, "127.0.0.1");
  inProgress = environment.assign(
    anInvocation("request-1", { payload: Buffer.from('{"a":1}'), clientContext: '{"custom":{}}' }),
  );
});
afterEach(async () => {
  await environment.stop();
  await endpoint.close();
});

test("next answers with the event and Lambda's headers", async () => {
  const response = await fetch(url("/invocation/next"));
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "application/json",
    "lambda-runtime-aws-request-id": "request-1",
    "lambda-runtime-deadline-ms": expect.stringMatching(/^\d{13}$/) as string,
    "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:000000000000:function:test",
    "lambda-runtime-trace-id": "Root=1-a",
    "lambda-runtime-client-context": '{"custom":{}}',
  });
  await expect(response.text()).resolves.toBe('{"a":1}');
});

test("a response is accepted whatever its type, byte for byte", async () => {
  await fetch(url("/invocation/next"));
  const response = await post("/invocation/request-1/response", "\u0000 not JSON", { "content-type": "image/png" });
  expect(response.status).toBe(202);
  expect(response.headers.get("content-type")).toBe("application/json");
  await expect(response.text()).resolves.toBe('{"status":"OK"}\n');
  await expect(inProgress.answered).resolves.toEqual({
    payload: Buffer.from("\u0000 not JSON"),
    isFunctionError: false,
  });
});

test.each([
  ["with its length", "x".repeat(65 * 1024 * 1024)],
  ["in chunks", new Blob(["x".repeat(65 * 1024 * 1024)]).stream()],
])("a response too large to be read, %s, is answered for at once", async (_how, body) => {
  await fetch(url("/invocation/next"));
  // The server may hang up before all of it is sent.
  await fetch(url("/invocation/request-1/response"), { method: "POST", body, duplex: "half" }).catch(() => {});
  const { payload, isFunctionError } = await inProgress.answered;
  expect(isFunctionError).toBe(true);
  expect(JSON.parse(payload.toString())).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
});

test("an error too large to be read is refused", async () => {
  await fetch(url("/invocation/next"));
  const response = await post("/invocation/request-1/error", "x".repeat(65 * 1024 * 1024)).catch(() => undefined);
  // The server may hang up before all of it is sent.
  expect([500, undefined]).toContain(response?.status);
  expect(inProgress.reportedErrorType).toBeUndefined();
});

test("two requests in one piece are handled one after the other", async () => {
  const { port } = endpoint;
  const socket = connect(port, "127.0.0.1");
  const next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n";
  let received = "";
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!pattern.test(received)) return;
        socket.off("data", look);
        resolve();
      };
      socket.on("data", look);
    });
  socket.setEncoding("utf8").on("data", (text: string) => (received += text));
  const delivered = until(/\{"a":1\}/);
  socket.write(next);
  await delivered;
  environment.assign({ ...inProgress.invocation, requestId: "request-2", payload: Buffer.from('{"b":2}') });
  received = "";
  const both = until(/\{"b":2\}/);
  socket.write(
    `POST /2018-06-01/runtime/invocation/request-1/response HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n42${next}`,
  );
  await both;
  socket.destroy();
  expect(received).toMatch(/^HTTP\/1\.1 202 [^]*\{"status":"OK"\}\n[^]*HTTP\/1\.1 200 [^]*request-2[^]*\{"b":2\}$/);
  expect(log.map((line) => line.split(" ")[0])).toEqual(["START", "END", "REPORT", "START"]);
});

test("a refusal has status, type and text", async () => {
  await fetch(url("/invocation/next"));
  const response = await post("/invocation/other/response", "1");
  expect(response.status).toBe(400);
  expect(response.headers.get("content-type")).toBe("application/json");
  await expect(response.text()).resolves.toBe('{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}\n');
});

test.each([
  ["Runtime.NoSuchHandler", "Runtime.NoSuchHandler"],
  ["unhandled", "Runtime.Unknown"],
  ["Function.lower", "Function.Unknown"],
  [undefined, "Runtime.Unknown"],
])("an init error of type %s counts as %s", async (header, errorType) => {
  const headers = header === undefined ? {} : { "lambda-runtime-function-error-type": header };
  const statuses: number[] = [];
  // Both times: the init is repeated inside of the invocation.
  const startRuntime = (): RunningProcess => {
    const exit = Promise.withResolvers<ExitStatus>();
    const kill = (): void => exit.resolve({ kind: "exited", code: 1 });
    void post("/init/error", "{}", headers).then(({ status }) => {
      statuses.push(status);
      kill();
    });
    return aProcess(exit.promise, kill);
  };
  environment.start(() => aSandbox(startRuntime));
  await inProgress.logTail;
  expect(statuses).toEqual([202, 202]);
  expect(log.at(-1)).toContain(`Error Type: ${errorType}\t`);
});

test.each([
  ["GET", "/nothing", 404],
  ["GET", "/restore/next", 404],
])("%s %s is %i, in the words of Lambda's server", async (method, path, status) => {
  const response = await fetch(url(path), { method });
  expect(response.status).toBe(status);
  await expect(response.text()).resolves.toBe("404 page not found\n");
});

test.each([
  ["POST", "/invocation/next"],
  ["GET", "/invocation/request-1/response"],
  ["GET", "/invocation/request-1/error"],
  ["PUT", "/init/error"],
])("%s %s is 405", async (method, path) => {
  const response = await fetch(url(path), { method });
  expect(response.status).toBe(405);
  await expect(response.text()).resolves.toBe("");
});

test("a ping is answered", async () => {
  await expect((await fetch(url("/../ping"))).text()).resolves.toBe("pong");
});

test("a runtime that hangs up while it waits is not given the event", async () => {
  const { answered } = inProgress;
  const first = await fetch(url("/invocation/next"));
  await first.text();
  await post("/invocation/request-1/response", "1");
  await answered;
  const controller = new AbortController();
  const waiting = fetch(url("/invocation/next"), { signal: controller.signal });
  const aborted = expect(waiting).rejects.toThrow("abort");
  await expect.poll(() => environment.isReady).toBe(true);
  controller.abort();
  await aborted;
  environment.assign(anInvocation("request-2", { payload: Buffer.from("2"), keepsLog: true }));
  const second = await fetch(url("/invocation/next"));
  expect(second.headers.get("lambda-runtime-aws-request-id")).toBe("request-2");
});
