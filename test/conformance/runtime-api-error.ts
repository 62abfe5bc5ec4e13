/** `POST /runtime/invocation/{id}/error`. */
import type { Behaviour, ConformanceCase } from "./behaviour.ts";
import { invocationLines } from "./log-lines.ts";
import { recorded, server } from "./sources.ts";
import { accepted, anEvent, badTransition, error, failed, next, response } from "./steps.ts";

const body = '{"errorMessage":"bad order","errorType":"OrderError","stackTrace":["a","b"],"more":1}';

/** The body of the runtime, and what the caller gets of it. */
function withCause(name: string, sent: string, passedOn: string): ConformanceCase {
  const headers = { "Content-Type": "application/vnd.aws.lambda.error.cause+json" };
  return { name, bootstrap: [next(anEvent), error(sent, accepted, { headers })], invoke: [failed(passedOn)] };
}

export const runtimeApiError: readonly Behaviour[] = [
  {
    behaviour: "Handler errors: the runtime's body as it is, status 200, `X-Amz-Function-Error: Unhandled`",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "a document",
        bootstrap: [
          next(anEvent),
          error(body, accepted, {
            headers: {
              "Content-Type": "application/json",
              "Lambda-Runtime-Function-Error-Type": "Function.OrderError",
              "Lambda-Runtime-Function-XRay-Error-Cause": '{"working_directory":"/var/task"}',
            },
          }),
        ],
        invoke: [failed(body)],
      },
      { name: "no JSON", bootstrap: [next(anEvent), error("bad order", accepted)], invoke: [failed("bad order")] },
      { name: "nothing", bootstrap: [next(anEvent), error("", accepted)], invoke: [failed("")] },
    ],
  },
  {
    behaviour: "Runtime API, `error` after an answer: 403",
    fidelity: { kind: "exact", source: server },
    cases: [
      {
        name: "a second error, and a response after it",
        bootstrap: [
          next(anEvent),
          error("1", accepted),
          error("2", badTransition("RuntimeResponseSentState", "InvocationErrorResponse")),
          response("3", badTransition("RuntimeResponseSentState", "InvocationResponse")),
        ],
        invoke: [failed("1")],
      },
    ],
  },
  {
    behaviour: "Runtime API, `error` with the content type `application/vnd.aws.lambda.error.cause+json`",
    fidelity: { kind: "exact", source: server },
    cases: [
      withCause(
        "message, type and stack trace are passed on",
        '{"stackTrace":["a <b>"],"errorType":"OrderError","errorMessage":"bad order","errorCause":{"message":"x"}}',
        '{"errorMessage":"bad order","errorType":"OrderError","stackTrace":["a \\u003cb\\u003e"]}',
      ),
      withCause("what is left out is empty", '{"errorCause":{}}', '{"errorMessage":"","errorType":""}'),
      withCause("no JSON", "bad order", '"Invalid error body"'),
      withCause("no texts", '{"errorMessage":1}', '"Invalid error body"'),
    ],
  },
  {
    behaviour: "REPORT of an invocation whose runtime reported an error",
    fidelity: {
      kind: "exact",
      how: "the text line is that of a success; JSON and telemetry have status and error type",
      source: recorded,
      unverified: true,
    },
    cases: [
      {
        name: "whatever the header says",
        bootstrap: [
          next(),
          error("{}", undefined, { headers: { "Lambda-Runtime-Function-Error-Type": "Function.OrderError" } }),
        ],
        invoke: [failed("{}")],
        log: invocationLines(),
      },
    ],
  },
];
