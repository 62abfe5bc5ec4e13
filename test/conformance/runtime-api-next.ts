/** `GET /runtime/invocation/next`, and what else the Runtime API answers to. */
import type { Behaviour } from "./behaviour.ts";
import { guide, own, server } from "./sources.ts";
import { accepted, anEvent, answered, error, next, refusal, request, response } from "./steps.ts";

const arn = "arn:aws:lambda:us-east-1:000000000000:function:{functionName}";
const notFound = {
  status: 404,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "404 page not found\n",
};
const runtimeApi = guide("runtimes-api");

export const runtimeApiNext: readonly Behaviour[] = [
  {
    behaviour: "Runtime API, `next`: the event byte for byte; request id, deadline, ARN as invoked, trace id",
    fidelity: { kind: "exact", source: runtimeApi },
    cases: [
      {
        name: "without a qualifier",
        bootstrap: [
          next({
            status: 200,
            headers: {
              "content-type": "application/json",
              "lambda-runtime-aws-request-id": "{requestId}",
              "lambda-runtime-deadline-ms": /^\d{13}$/,
              "lambda-runtime-invoked-function-arn": arn,
              "lambda-runtime-trace-id": /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/,
              "lambda-runtime-client-context": undefined,
              "lambda-runtime-aws-tenant-id": undefined,
            },
            body: '{ "id": 12345678901234567890 }',
          }),
          response("1", accepted),
        ],
        invoke: [answered("1", { body: '{ "id": 12345678901234567890 }' })],
      },
      {
        name: "with a qualifier, a trace and a client context",
        bootstrap: [
          next({
            status: 200,
            headers: {
              "lambda-runtime-invoked-function-arn": `${arn}:$LATEST`,
              "lambda-runtime-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
              "lambda-runtime-client-context": '{"custom":{"a":"1"}}',
            },
          }),
          response("1"),
        ],
        invoke: [
          answered("1", {
            path: "/2015-03-31/functions/{functionName}/invocations?Qualifier=$LATEST",
            headers: {
              "X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
              "X-Amz-Client-Context": Buffer.from('{"custom":{"a":"1"}}').toString("base64"),
            },
          }),
        ],
      },
    ],
  },
  {
    behaviour: "An invocation without a body",
    fidelity: { kind: "exact", how: "the runtime receives `{}`", source: own, unverified: true },
    cases: [
      {
        name: "is delivered as {}",
        bootstrap: [next({ status: 200, body: "{}" }), response("1")],
        invoke: [answered("1", { body: "" })],
      },
    ],
  },
  {
    behaviour: "Runtime API, `next`: `Content-Type`",
    fidelity: {
      kind: "approximate",
      how: "always `application/json`; Lambda's server passes on what it is handed",
      source: server,
      unverified: true,
    },
    cases: [
      {
        name: "whatever the caller's",
        bootstrap: [next({ status: 200, headers: { "content-type": "application/json" } }), response("1")],
        invoke: [answered("1", { headers: { "Content-Type": "application/octet-stream" } })],
      },
    ],
  },
  {
    behaviour: "Runtime API, `next`: `Lambda-Runtime-Cognito-Identity`",
    fidelity: { kind: "approximate", how: "not sent", source: runtimeApi },
    cases: [
      {
        name: "is absent",
        bootstrap: [next({ status: 200, headers: { "lambda-runtime-cognito-identity": undefined } }), response("1")],
        invoke: [answered("1")],
      },
    ],
  },
  {
    behaviour: "Runtime API: `Lambda-Runtime-Invocation-Id`, of the attempt; another one with an answer: 400",
    fidelity: {
      kind: "exact",
      how: "the words of the refusal are the emulator's",
      source: runtimeApi,
      unverified: true,
    },
    cases: [
      {
        name: "is sent, and looked at when it comes back",
        bootstrap: [
          next({ status: 200, headers: { "lambda-runtime-invocation-id": /^[0-9a-f-]{36}$/ } }),
          response("1", refusal(400, "InvalidInvocationId", "Invalid invocation ID"), {
            headers: { "Lambda-Runtime-Invocation-Id": "another" },
          }),
          error("{}", refusal(400, "InvalidInvocationId", "Invalid invocation ID"), {
            headers: { "Lambda-Runtime-Invocation-Id": "another" },
          }),
          response("1", accepted),
        ],
        invoke: [answered("1")],
      },
    ],
  },
  {
    behaviour: "Runtime API, `next` while an event is worked on: the same event once more",
    fidelity: { kind: "exact", source: server },
    cases: [
      {
        name: "with the same id",
        bootstrap: [
          next({ status: 200, headers: { "lambda-runtime-aws-request-id": "{requestId}" }, body: '{"a":1}' }),
          next({ status: 200, headers: { "lambda-runtime-aws-request-id": "{requestId}" }, body: '{"a":1}' }),
          response("1", accepted),
        ],
        invoke: [answered("1", { body: '{"a":1}' })],
      },
    ],
  },
  {
    behaviour: "Runtime API, two `next` at the same time: both wait, one is served",
    fidelity: {
      kind: "exact",
      how: "the first one; where that had hung up, the other",
      source: server,
      unverified: true,
    },
    cases: [
      {
        name: "the second goes on waiting",
        bootstrap: [
          next(anEvent, { connection: "first" }),
          response("1"),
          { do: "send", method: "GET", path: "/runtime/invocation/next", connection: "first" },
          { do: "send", method: "GET", path: "/runtime/invocation/next", connection: "second" },
          { do: "write", body: "both wait\n" },
          { do: "receive", connection: "first", expect: { status: 200, body: '"second event"' } },
          response("2", accepted),
          { do: "send", method: "GET", path: "/runtime/invocation/next", connection: "first" },
          { do: "receive", connection: "second", expect: { status: 200, body: '"third event"' } },
          response("3", accepted),
        ],
        invoke: [
          answered("1"),
          answered("2", { body: '"second event"', after: "both wait" }),
          answered("3", { body: '"third event"' }),
        ],
      },
    ],
  },
  {
    behaviour: "Runtime API: a runtime that hangs up while it waits in `next` takes no event with it",
    fidelity: { kind: "exact", source: own },
    cases: [
      {
        name: "the next connection gets it",
        bootstrap: [
          next(anEvent),
          response("1"),
          { do: "send", method: "GET", path: "/runtime/invocation/next", connection: "lost" },
          { do: "hangUp", connection: "lost" },
          { do: "write", body: "hung up\n" },
          next({ status: 200, body: '"second event"' }),
          response("2", accepted),
        ],
        invoke: [answered("1"), answered("2", { body: '"second event"', after: "hung up" })],
      },
    ],
  },
  {
    behaviour: "Runtime API: answer and `next` sent in one piece (pipelining)",
    fidelity: { kind: "exact", source: "RFC 9112 §9.3.2" },
    cases: [
      {
        name: "answered in order",
        bootstrap: [
          next(anEvent),
          { do: "send", method: "POST", path: "/runtime/invocation/{requestId}/response", body: "1" },
          { do: "send", method: "GET", path: "/runtime/invocation/next" },
          { do: "receive", expect: accepted },
          { do: "receive", expect: { status: 200, body: '"second event"' } },
          response("2", accepted),
        ],
        invoke: [answered("1"), answered("2", { body: '"second event"' })],
      },
    ],
  },
  {
    behaviour: "Runtime API: unknown path 404, wrong method 405, `ping`",
    fidelity: { kind: "exact", source: server },
    cases: [
      {
        name: "with the server's texts",
        bootstrap: [
          request("GET", "/runtime/nothing", notFound),
          request("GET", "/", notFound),
          request("POST", "/runtime/invocation/next", { status: 405, body: "" }),
          request("GET", "/runtime/invocation/any/response", { status: 405, body: "" }),
          request("GET", "/runtime/invocation/any/error", { status: 405, body: "" }),
          request("PUT", "/runtime/init/error", { status: 405, body: "" }),
          request("GET", "/ping", { status: 200, body: "pong" }),
        ],
        invoke: [answered("{}")],
      },
    ],
  },
  {
    behaviour: "Runtime API: `restore/next`, `restore/error`, credentials: 404 without SnapStart",
    fidelity: { kind: "exact", source: server },
    cases: [
      {
        name: "are not there",
        bootstrap: [
          request("GET", "/runtime/restore/next", notFound),
          request("POST", "/runtime/restore/error", notFound),
          request("GET", "/2021-04-23/credentials", notFound),
        ],
        invoke: [answered("{}")],
      },
    ],
  },
];
