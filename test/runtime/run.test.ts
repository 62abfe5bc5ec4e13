import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";
import { callbackHandler } from "../../runtime/callback-handler.ts";
import { defaultRuntime, type Initialize } from "../../runtime/run.ts";
import type { RuntimeEnvironment } from "../../runtime/environment.ts";
import type { Transport } from "../../runtime/transport.ts";
import { FakeProcess, runScript } from "../support/run-script.ts";
import { endOfScript, event, startScriptedRuntimeApi } from "../support/scripted-runtime-api.ts";

test("initialises once and answers every event", async () => {
  let initialised = 0;
  const { posts, error } = await runScript<{ name: string }>(
    async ({ env }) => {
      initialised++;
      return ({ name }) => `${env["TABLE"]}: ${name}`;
    },
    { events: [event('{"name":"Ada"}'), event('{"name":"Bob"}', { "Lambda-Runtime-Aws-Request-Id": "request/2" })] },
  );
  expect(initialised).toBe(1);
  expect(posts.map(({ route, body }) => [route, body])).toEqual([
    ["POST /2018-06-01/runtime/invocation/request-1/response", '"orders-table: Ada"'],
    ["POST /2018-06-01/runtime/invocation/request%2F2/response", '"orders-table: Bob"'],
  ]);
  expect(posts[0]?.headers["content-type"]).toBe("application/json");
  expect(error).toMatchObject({ code: "RUNTIME_API_REJECTED", status: endOfScript.status });
});

test("a handler that returns nothing answers null", async () => {
  const { posts } = await runScript(() => () => undefined, { events: [event("{}")] });
  expect(posts[0]?.body).toBe("null");
});

test("a failing initialiser is reported whole, and ends the run", async () => {
  const { posts, error, requests } = await runScript(() => {
    throw new RangeError("no table");
  });
  expect(requests).toHaveLength(1);
  expect(posts[0]?.route).toBe("POST /2018-06-01/runtime/init/error");
  expect(JSON.parse(posts[0]?.body ?? "")).toMatchObject({
    errorType: "RangeError",
    errorMessage: "no table",
    stackTrace: expect.arrayContaining(["RangeError: no table"]) as string[],
  });
  expect(error).toBeInstanceOf(RangeError);
});

test("an initialiser that returns no function is an init error", async () => {
  const { posts, error } = await runScript((() => "handler") as unknown as Initialize<unknown, unknown>);
  expect(posts[0]?.route).toContain("init/error");
  expect(error).toMatchObject({ code: "BAD_HANDLER" });
});

test("an init error that cannot be reported is not lost", async () => {
  const { error } = await runScript(
    () => {
      throw new Error("no table");
    },
    { answers: { error: { status: 500, body: "down" } } },
  );
  expect(error).toBeInstanceOf(AggregateError);
  expect((error as AggregateError).errors).toEqual([
    expect.objectContaining({ message: "no table" }),
    expect.objectContaining({ code: "RUNTIME_API_REJECTED", status: 500 }),
  ]);
});

test("a failing handler is reported and logged, and the next event is served", async () => {
  const { posts, log } = await runScript<{ fail: boolean }>(
    () =>
      async ({ fail }) => {
        if (fail) throw new TypeError("bad order");
        return "ok";
      },
    { events: [event('{"fail":true}'), event('{"fail":false}')] },
  );
  expect(posts.map(({ route }) => route.split("/").at(-1))).toEqual(["error", "response"]);
  expect(JSON.parse(posts[0]?.body ?? "")).toMatchObject({ errorType: "TypeError", errorMessage: "bad order" });
  expect(log.join("")).toMatch(/^\S+Z\trequest-1\tERROR\tInvoke Error \t\{"errorType":"TypeError"/);
});

test.each([
  ["an event that is no JSON", event("{"), () => "unreachable", "SyntaxError"],
  ["a result that is no JSON", event("{}"), () => ({ big: 1n }), "Runtime.JSONStringifyError"],
  ["a client context that is no JSON", event("{}", { "Lambda-Runtime-Client-Context": "{" }), () => "x", "SyntaxError"],
])("%s is an error of that invocation", async (_name, scripted, handler, errorType) => {
  const { posts } = await runScript<unknown>(() => handler, { events: [scripted] });
  expect(posts[0]?.route).toContain("/request-1/error");
  expect(JSON.parse(posts[0]?.body ?? "")).toMatchObject({ errorType });
});

test("a result whose JSON throws something else than an error is described", async () => {
  const hostile = {
    toJSON() {
      throw "oops"; // oxlint-disable-line typescript/only-throw-error -- the subject
    },
  };
  const { posts } = await runScript(() => () => hostile, { events: [event("{}")] });
  expect(JSON.parse(posts[0]?.body ?? "")).toMatchObject({ errorMessage: "Unable to stringify response body: oops" });
});

test("a failed next is waited for with a timer", async () => {
  const { posts } = await runScript(() => () => "ok", {
    events: [{ status: 503 }, event("{}")],
    backOff: { delaysMs: [1] },
  });
  expect(posts[0]?.body).toBe('"ok"');
});

test("a failure that is not the Runtime API's ends the run at once", async () => {
  const transport: Transport = {
    get: async () => Promise.reject(new TypeError("transport")),
    post: async () => Promise.reject(new TypeError("transport")),
    postStream: () => {
      throw new TypeError("transport");
    },
    close: () => {},
  };
  const { error } = await runScript(() => () => 1, { transport });
  expect(error).toBeInstanceOf(TypeError);
});

test("a transport may bring bytes that are no Buffer", async () => {
  const events: unknown[] = [];
  const headers = {
    "lambda-runtime-aws-request-id": "id",
    "lambda-runtime-deadline-ms": "1",
    "lambda-runtime-invoked-function-arn": "arn",
  };
  const answers = [{ status: 200, headers, body: new TextEncoder().encode('["é"]') }];
  const transport: Transport = {
    get: async () => answers.shift() ?? Promise.reject(new TypeError("the end")),
    post: async () => ({ status: 202, headers: {}, body: new Uint8Array() }),
    postStream: () => {
      throw new TypeError("transport");
    },
    close: () => {},
  };
  await runScript(() => (each: unknown) => events.push(each), { transport });
  expect(events).toEqual([["é"]]);
});

test("without options everything is taken from the process", async () => {
  await using api = await startScriptedRuntimeApi([event("1")]);
  vi.stubEnv("AWS_LAMBDA_RUNTIME_API", api.authority);
  vi.stubEnv("AWS_LAMBDA_MAX_CONCURRENCY", "1");
  const listeners = process.listenerCount("uncaughtException");
  await defaultRuntime(() => () => "ok")
    .run()
    .catch(() => {});
  vi.unstubAllEnvs();
  expect(api.requests[1]?.body).toBe('"ok"');
  expect(process.listenerCount("uncaughtException")).toBe(listeners);
});

test("a handler with a callback is answered when the event loop is empty", async () => {
  const owner = new FakeProcess();
  const { posts } = await runScript(
    () =>
      callbackHandler((_event, _context, callback) => {
        callback(null, "called back");
        setImmediate(() => owner.emit("beforeExit"));
      }),
    { events: [event("1")], process: owner },
  );
  expect(posts[0]?.body).toBe('"called back"');
});

test("console can be left alone, and the awslambda global be left out", async () => {
  const { log } = console;
  const seen: unknown[] = [];
  const holder = globalThis as { awslambda?: unknown };
  const before = holder.awslambda;
  await runScript(
    () => () => {
      seen.push(console.log === log, holder.awslambda === before);
    },
    {
      events: [event("{}")],
      console: "unchanged",
      environment: { variables: { AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: "1" } },
    },
  );
  expect(seen).toEqual([true, true]);
});

test("an initialiser that returns null is told so", async () => {
  const { error } = await runScript((() => null) as unknown as Initialize<unknown, unknown>);
  expect(error).toMatchObject({ message: "The initialiser returned null instead of a handler function" });
});

test("the trace id is set for each event and cleared when the next has none", async () => {
  const { traceIds } = await runScript(() => () => null, {
    events: [event("{}", { "Lambda-Runtime-Trace-Id": "Root=1-a" }), event("{}")],
  });
  expect(traceIds).toEqual(["Root=1-a", undefined]);
});

test("the context has what Lambda sent", async () => {
  const { posts } = await runScript(
    () => (_event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() > 1e11 }),
    {
      events: [
        event("{}", {
          "Lambda-Runtime-Client-Context": '{"custom":{"a":1}}',
          "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"id"}',
          "Lambda-Runtime-Aws-Tenant-Id": "blue",
          "Lambda-Runtime-Trace-Id": "Root=1-a",
        }),
      ],
    },
  );
  expect(JSON.parse(posts[0]?.body ?? "")).toEqual({
    functionName: "orders",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:test",
    memoryLimitInMB: "256",
    awsRequestId: "request-1",
    logGroupName: "/aws/lambda/orders",
    logStreamName: "stream",
    clientContext: { custom: { a: 1 } },
    identity: { cognitoIdentityId: "id" },
    tenantId: "blue",
    xRayTraceId: "Root=1-a",
    remaining: true,
  });
});

test("the invocation id is echoed", async () => {
  const { posts } = await runScript(() => () => 1, {
    events: [event("{}", { "Lambda-Runtime-Invocation-Id": "attempt-1" })],
  });
  expect(posts[0]?.headers["lambda-runtime-invocation-id"]).toBe("attempt-1");
});

test("events can be handed over as text or bytes, and results be encoded otherwise", async () => {
  const asText = await runScript<string>(() => (text) => text.length, { events: [event("héllo")], event: "text" });
  expect(asText.posts[0]?.body).toBe("5");
  const asBytes = await runScript<Uint8Array>(() => (bytes) => bytes.length, {
    events: [event("héllo")],
    event: "bytes",
    serialize: (result) => `<${String(result)}>`,
  });
  expect(asBytes.posts[0]?.body).toBe("<6>");
});

test("a context builder replaces the context", async () => {
  await using api = await startScriptedRuntimeApi([event("{}")]);
  const environment = {
    runtimeApi: api.authority,
    variables: {},
    setTraceId: () => {},
  } as unknown as RuntimeEnvironment;
  await defaultRuntime(() => (_event: unknown, context: { id: string }) => context.id, {
    environment,
    contextBuilder: ({ requestId }) => ({ id: `<${requestId}>` }),
  })
    .run()
    .catch(() => {});
  expect(api.requests[1]?.body).toBe('"<request-1>"');
});

test("a failing next is tried again after growing waits, then ends the run", async () => {
  const waits: number[] = [];
  const failures = Array.from({ length: 3 }, () => ({ status: 500 }));
  const { error, requests } = await runScript(() => () => null, {
    events: failures,
    backOff: { delaysMs: [1, 2], wait: async (delayMs) => void waits.push(delayMs) },
  });
  expect(waits).toEqual([1, 2]);
  expect(requests).toHaveLength(3);
  expect(error).toMatchObject({ code: "RUNTIME_API_REJECTED", status: 500 });
});

test("a next that recovers is served", async () => {
  const { posts } = await runScript(() => () => "ok", {
    events: [{ status: 503 }, event("{}")],
    backOff: { delaysMs: [1], wait: async () => {} },
  });
  expect(posts[0]?.body).toBe('"ok"');
});

test("a next that the Runtime API forbids is not tried again", async () => {
  const { requests } = await runScript(() => () => null, {
    events: [{ status: 403 }],
    backOff: { wait: async () => {} },
  });
  expect(requests).toHaveLength(1);
});

test("an event without a request id is refused", async () => {
  const { error } = await runScript(() => () => null, { events: [{ status: 200, body: "{}" }] });
  expect(error).toMatchObject({
    code: "RUNTIME_API_REJECTED",
    message: expect.stringContaining("request id") as string,
  });
});

test.each([400, 410, 413])("a response refused with %i costs that response only", async (status) => {
  const { posts, log } = await runScript(() => () => "x", {
    events: [event("1"), event("2")],
    answers: { response: { status, body: "no" } },
  });
  expect(posts).toHaveLength(2);
  expect(log.join("")).toContain(`Response lost: The Runtime API answered ${status} no`);
});

test.each([403, 500])("a response refused with %i ends the run", async (status) => {
  const { posts, error } = await runScript(() => () => "x", {
    events: [event("1"), event("2")],
    answers: { response: { status } },
  });
  expect(posts).toHaveLength(1);
  expect(error).toMatchObject({ code: "RUNTIME_API_REJECTED", status });
});

test("an error report that is refused is logged", async () => {
  const { log } = await runScript(
    () => () => {
      throw new Error("x");
    },
    { events: [event("1")], answers: { error: { status: 413 } } },
  );
  expect(log.join("")).toContain("Response lost");
});

test.for([
  ["undefined", undefined],
  ["null", null],
  ["number", 5],
  ["object", new Uint16Array(1)],
] as const)("a serialize that returns %s costs its event", async ([what, returned]) => {
  const serialize = () => returned as unknown as string;
  const { posts } = await runScript(() => () => 1, { events: [event("1"), event("2")], serialize });
  const message = `The runtime's serialize returned ${what}: a response is text or a Uint8Array`;
  expect(posts.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
    { errorType: "Runtime.InvalidResponse", errorMessage: message },
    { errorType: "Runtime.InvalidResponse", errorMessage: message },
  ]);
});

test("no event is kept once it is answered", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const bodies: WeakRef<Uint8Array>[] = [];
  let alive: number[] = [];
  await runScript<Uint8Array>(
    () =>
      async (body): Promise<void> => {
        bodies.push(new WeakRef(body));
        await new Promise((resolve) => setImmediate(resolve));
        collect();
        alive = bodies.flatMap((each, index) => (each.deref() === undefined ? [] : [index]));
      },
    { events: [event("1"), event("2"), event("3"), event("4")], event: "bytes" },
  );
  // The one before may still be on a stack.
  expect(alive.filter((index) => index < 2)).toEqual([]);
  expect(alive).toContain(3);
});
