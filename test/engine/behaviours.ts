/** What the runtime promises, as functions to be played on two engines. */
import type { ScriptedAnswer } from "../support/scripted-runtime-api.ts";

/** A function, what is asked of it, and what around it is not as usual. */
export interface Behaviour {
  readonly what: string;
  /** Of the module. */
  readonly code: string;
  /** JSON of each event. @default one empty object */
  readonly events?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** By route. */
  readonly answers?: Readonly<Record<string, ScriptedAnswer | undefined>>;
  /** Sent when the function logs that it is `ready`. */
  readonly signal?: "SIGTERM";
}

const handler = (body: string): string => `export const handler = async (event, context) => { ${body} };`;
const thrown = (what: string, expression: string): Behaviour => ({ what, code: handler(`throw ${expression};`) });
const streaming = (what: string, body: string): Behaviour => ({
  what,
  code: `export const handler = awslambda.streamifyResponse(async (event, stream) => { ${body} });`,
});
const traceId = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0";
const api = "/2018-06-01/runtime";

export const behaviours: readonly Behaviour[] = [
  {
    what: "the result, as JSON",
    code: handler("return { got: event, text: 'é\\u{1f600}' };"),
    events: ['{"a":[1,null]}'],
  },
  { what: "no result", code: handler("") },
  { what: "a result that JSON does not have", code: handler("return 1n;") },
  { what: "an event that is no JSON", code: handler("return event;"), events: ["{"] },
  {
    what: "the members of the context",
    code: handler("return [Object.keys(context).toSorted(), context, typeof context.getRemainingTimeInMillis()];"),
    headers: { "Lambda-Runtime-Client-Context": '{"client":1}', "Lambda-Runtime-Cognito-Identity": '{"id":"i"}' },
  },
  { what: "event after event", code: handler("return event + 1;"), events: ["1", "2", "3"] },
  {
    what: "the trace id: in the context and the environment, and gone without one",
    code: handler("return [context.xRayTraceId, process.env._X_AMZN_TRACE_ID];"),
    headers: { "Lambda-Runtime-Trace-Id": traceId },
  },
  {
    what: "the deadline as a signal",
    code: handler(`const alive = setInterval(() => {}, 1000);
      await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      clearInterval(alive);
      return [context.signal.reason.name, context.signal.reason.message];`),
    headers: { "Lambda-Runtime-Deadline-Ms": "{soon}" },
  },
  thrown(
    "an error: its document, the X-Ray cause, the log",
    `new TypeError("bad \\u007f order", { cause: new Error("inner") })`,
  ),
  thrown(
    "an error of a class of its own",
    `new (class OrderError extends Error { name = "OrderError"; code = 7; })("no")`,
  ),
  thrown("an AggregateError", `new AggregateError([new Error("one"), new RangeError("two")], "both")`),
  thrown("a thrown text", `"oops"`),
  thrown("a thrown object", `{ a: 1 }`),
  thrown("a thrown null", `null`),
  thrown("an error whose members throw", `new Proxy(new Error("x"), { get() { throw new Error("y"); } })`),
  thrown("a revoked proxy", `(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()`),
  { what: "an init error", code: `throw new RangeError("no table"); export const handler = 1;`, events: [] },
  { what: "a handler that is no function", code: `export const handler = 1;`, events: [] },
  {
    what: "a handler with a callback parameter",
    code: `export const handler = (event, context, callback) => callback();`,
    events: [],
  },
  {
    what: "callbackHandler",
    code: `import { callbackHandler } from "runtime-aws-lambda";
      export const handler = callbackHandler((event, context, callback) => { setTimeout(() => callback(null, event), 5); });`,
  },
  { what: "a promise that nothing can settle", code: handler("await new Promise(() => {});") },
  {
    what: "an uncaught exception",
    code: handler(`setTimeout(() => { throw new Error("late"); }, 1); await new Promise((r) => setTimeout(r, 500));`),
  },
  {
    what: "an unhandled rejection",
    code: handler(`Promise.reject(new Error("nobody")); await new Promise((r) => setTimeout(r, 500));`),
  },
  {
    what: "the log as text: levels, formats, values, errors",
    code: handler(`console.log("a %s %d %j", "b", 5, { c: 1 }, [1, { d: undefined }]);
      console.debug(null, undefined, true, 1n, Symbol("s")); console.info(new Map([["k", new Set([1])]]));
      console.warn({ nested: { deep: { deeper: { deepest: 1 } } } }); console.error(new TypeError("bad")); console.trace("here");
      console.log("two\\nlines");`),
  },
  {
    what: "the log as JSON, from a level on",
    code: handler(
      `console.debug("hidden"); console.info("text %s", 1); console.warn({ order: 1 }); console.error(new TypeError("bad"));`,
    ),
    environment: { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: "INFO" },
  },
  {
    what: "text of the function's own on standard output",
    code: handler(`process.stdout.write("raw\\n"); console.log("line");`),
  },
  streaming(
    "a streamed response",
    `stream.setContentType("text/plain"); stream.write("hé"); stream.write(Buffer.from("llo")); stream.end("!");`,
  ),
  streaming(
    "a streamed HTTP response with its prelude",
    `const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: "b" } }); http.write("body"); http.end();`,
  ),
  streaming(
    "a streamed response that breaks off",
    `stream.write("first"); await new Promise((r) => setTimeout(r, 5)); throw new TypeError("no more");`,
  ),
  streaming("a streamed response that fails before it begins", `throw new TypeError("not yet");`),
  streaming(
    "a pipeline into a streamed response",
    `const { pipeline } = process.getBuiltinModule("node:stream").promises; const { Readable } = process.getBuiltinModule("node:stream");
     await pipeline(Readable.from(["a", "b", "c"]), stream);`,
  ),
  {
    what: "graceful shutdown",
    code: `import { onShutdown } from "runtime-aws-lambda";
      onShutdown(async () => { await new Promise((r) => setTimeout(r, 5)); console.log("shut down"); });
      ${handler('setTimeout(() => console.log("ready"), 5); return 1;')}`,
    answers: {
      "POST /2020-01-01/extension/register": {
        status: 200,
        headers: { "Lambda-Extension-Identifier": "e-1" },
        body: "{}",
      },
      // For this one there are no events.
      "GET /2020-01-01/extension/event/next": undefined,
    },
    signal: "SIGTERM",
  },
  {
    what: "SnapStart's hooks",
    code: `import { beforeSnapshot, afterRestore } from "runtime-aws-lambda";
      const seen = []; beforeSnapshot(() => seen.push("before")); afterRestore(() => seen.push("after"));
      ${handler("return seen;")}`,
    environment: { AWS_LAMBDA_INITIALIZATION_TYPE: "snap-start" },
    answers: { [`GET ${api}/restore/next`]: { status: 200 } },
  },
  {
    what: "SnapStart: a hook that fails",
    code: `import { afterRestore } from "runtime-aws-lambda"; afterRestore(() => { throw new TypeError("not after"); }); ${handler("")}`,
    environment: { AWS_LAMBDA_INITIALIZATION_TYPE: "snap-start" },
    answers: { [`GET ${api}/restore/next`]: { status: 200 } },
    events: [],
  },
  {
    what: "an answer that Lambda refuses",
    code: handler("return event;"),
    events: ["1", "2"],
    answers: { response: { status: 413, body: "too large" } },
  },
  {
    what: "several events at once (Lambda Managed Instances)",
    code: handler("return 1;"),
    environment: { AWS_LAMBDA_MAX_CONCURRENCY: "2" },
  },
];
