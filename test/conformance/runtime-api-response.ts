/** `POST /runtime/invocation/{id}/response`. */
import type { Behaviour } from "./behaviour.ts";
import { guide, recorded, server } from "./sources.ts";
import {
  accepted,
  anEvent,
  answered,
  badRequestId,
  badTransition,
  failed,
  next,
  refusal,
  request,
  response,
} from "./steps.ts";

const tooLarge = JSON.stringify({
  errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
  errorType: "Function.ResponseSizeTooLarge",
});
const modeHeader = "Lambda-Runtime-Function-Response-Mode";

export const runtimeApiResponse: readonly Behaviour[] = [
  {
    behaviour: "Runtime API, `response`: any bytes, handed to the caller as they are",
    fidelity: { kind: "exact", source: guide("runtimes-api") },
    cases: [
      {
        name: "no JSON",
        bootstrap: [
          next(anEvent),
          response("\u0000 ä not JSON", accepted, { headers: { "Content-Type": "image/png" } }),
        ],
        invoke: [answered("\u0000 ä not JSON")],
      },
      { name: "nothing", bootstrap: [next(anEvent), response("", accepted)], invoke: [answered("")] },
      { name: "null", bootstrap: [next(anEvent), response("null", accepted)], invoke: [answered("null")] },
    ],
  },
  {
    behaviour: "Runtime API, `response` and `error`: `Content-Type` of the runtime",
    fidelity: {
      kind: "approximate",
      how: "not passed on: the caller gets `application/json`, as in every recording",
      source: server,
      unverified: true,
    },
    cases: [
      {
        name: "image/png",
        bootstrap: [next(anEvent), response("1", accepted, { headers: { "Content-Type": "image/png" } })],
        invoke: [{ expect: { status: 200, headers: { "content-type": "application/json" }, body: "1" } }],
      },
    ],
  },
  {
    behaviour:
      "Runtime API, `response` and `error`: another id 400, a second answer 403, one after the next `next` 400",
    fidelity: { kind: "exact", source: server },
    cases: [
      {
        name: "another id leaves the invocation as it was",
        bootstrap: [
          next(anEvent),
          request("POST", "/runtime/invocation/another/response", badRequestId, "1"),
          request("POST", "/runtime/invocation/another/error", badRequestId, "{}"),
          response("2", accepted),
        ],
        invoke: [answered("2")],
      },
      {
        name: "a second answer",
        bootstrap: [
          next(anEvent),
          response("1", accepted),
          response("2", badTransition("RuntimeResponseSentState", "InvocationResponse")),
          request(
            "POST",
            "/runtime/invocation/{requestId}/error",
            badTransition("RuntimeResponseSentState", "InvocationErrorResponse"),
            "{}",
          ),
        ],
        invoke: [answered("1")],
      },
      {
        name: "after the next `next`",
        bootstrap: [
          next(anEvent, { connection: "waiting" }),
          response("1", accepted),
          { do: "send", method: "GET", path: "/runtime/invocation/next", connection: "waiting" },
          request("GET", "/runtime/nothing", { status: 404 }),
          response("2", badRequestId),
          { do: "receive", connection: "waiting", expect: anEvent },
          response("3", accepted),
        ],
        invoke: [answered("1"), answered("3")],
      },
    ],
  },
  {
    behaviour: "A response above 6,291,556 bytes: 413 for the runtime, which goes on",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "one byte too much, then the most that is allowed",
        bootstrap: [
          next(anEvent),
          response(
            "x",
            refusal(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (6291556 bytes)."),
            { times: 6_291_557 },
          ),
          next(anEvent),
          response("x", accepted, { times: 6_291_556 }),
        ],
        invoke: [
          failed(tooLarge),
          { expect: { status: 200, headers: { "content-length": "6291556", "x-amz-function-error": undefined } } },
        ],
      },
      {
        name: "more than a server would read",
        bootstrap: [next(anEvent), response("x", { status: 413 }, { times: 9_000_000 })],
        invoke: [failed(tooLarge), answered("{}")],
      },
    ],
  },
  {
    behaviour: "An unknown response mode: 400 for the runtime, a function error without a payload for the caller",
    fidelity: { kind: "exact", source: server },
    cases: [
      {
        name: "the mode is case-sensitive",
        bootstrap: [
          next(anEvent),
          response("1", refusal(400, "InvalidFunctionResponseMode", "Invalid function response mode"), {
            headers: { [modeHeader]: "Streaming" },
          }),
          response("2", badTransition("RuntimeResponseSentState", "InvocationResponse")),
        ],
        invoke: [failed(""), answered("{}")],
      },
    ],
  },
  {
    behaviour: "A request body that ends early (`TruncatedHTTPRequest`)",
    fidelity: { kind: "approximate", how: "the connection is closed, and the invocation goes on", source: server },
    cases: [],
    untested: "who cuts its request does not read the answer",
  },
];
