/** Streamed responses: of the runtime, and to the caller. */
import type { Behaviour, CallerRequest, ExpectedAnswer, Pattern, RuntimeRequest } from "./behaviour.ts";
import { api, guide } from "./sources.ts";
import { accepted, anEvent, answered, error, failed, next, platformFailure, refused, response } from "./steps.ts";

const invokeWithResponseStream = api("InvokeWithResponseStream");
const streaming = guide("configuration-response-streaming");
const path = "/2021-11-15/functions/{functionName}/response-streaming-invocations";
const trailerNames = "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body";
const modeHeader = { "Lambda-Runtime-Function-Response-Mode": "streaming", Trailer: trailerNames };
const problem = '{"errorMessage":"no more","errorType":"Function.NoMore"}';

/** A response in pieces. */
function streamed(chunks: readonly string[], expect: ExpectedAnswer | undefined, more: Partial<RuntimeRequest> = {}) {
  return response("", expect, { chunks, headers: modeHeader, ...more });
}
const failingTrailers = {
  "Lambda-Runtime-Function-Error-Type": "Function.NoMore",
  "Lambda-Runtime-Function-Error-Body": Buffer.from(problem).toString("base64"),
};

/** A caller that reads the messages. */
function streamingCaller(messages: readonly Pattern[], more: Partial<CallerRequest> = {}): CallerRequest {
  const headers = {
    "content-type": "application/vnd.amazon.eventstream",
    "x-amz-executed-version": "$LATEST",
    "x-amzn-requestid": "{uuid}",
    "x-amz-function-error": undefined,
  };
  return { path, ...more, expect: { status: 200, headers }, messages };
}
const complete = "InvokeComplete {}";
const completeWith = (details: string): string =>
  `InvokeComplete ${JSON.stringify({ ErrorCode: "Unhandled", ErrorDetails: details })}`;

export const streamedResponses: readonly Behaviour[] = [
  {
    behaviour: "`InvokeWithResponseStream`: messages of an event stream, `PayloadChunk` and `InvokeComplete`",
    fidelity: { kind: "exact", source: invokeWithResponseStream },
    cases: [
      {
        name: "a streamed response",
        bootstrap: [next(anEvent), streamed(["one ", "two"], accepted)],
        invoke: [streamingCaller(["PayloadChunk one two", complete])],
      },
      {
        name: "an empty one",
        bootstrap: [next(anEvent), streamed([], accepted)],
        invoke: [streamingCaller([complete])],
      },
      {
        name: "of a runtime that does not stream",
        invoke: [streamingCaller(["PayloadChunk [1]", complete], { body: "[1]" })],
      },
      {
        name: "with the log",
        bootstrap: [next(anEvent), streamed(["1"], accepted)],
        invoke: [
          streamingCaller(["PayloadChunk 1", /^InvokeComplete \{"LogResult":"[A-Za-z0-9+/]+=*"\}$/], {
            headers: { "X-Amz-Log-Type": "Tail" },
          }),
        ],
      },
      {
        name: "refusals and `DryRun`",
        invoke: [
          { path, headers: { "X-Amz-Invocation-Type": "DryRun" }, expect: { status: 204, body: "" } },
          refused(
            400,
            "ValidationException",
            {
              message:
                "1 validation error detected: Value 'Event' at 'invocationType' failed to satisfy constraint: " +
                "Member must satisfy enum value set: [RequestResponse, DryRun]",
            },
            { path, headers: { "X-Amz-Invocation-Type": "Event" } },
          ),
        ],
      },
    ],
  },
  {
    behaviour: "`InvokeWithResponseStream`: errors in `InvokeComplete`",
    fidelity: {
      kind: "approximate",
      how: "`ErrorCode` is `Unhandled`, `ErrorDetails` the error document",
      source: invokeWithResponseStream,
      unverified: true,
    },
    cases: [
      {
        name: "behind some pieces",
        bootstrap: [next(anEvent), streamed(["part"], accepted, { trailers: failingTrailers })],
        invoke: [streamingCaller(["PayloadChunk part", completeWith(problem)])],
      },
      {
        name: "behind some pieces of a runtime that does not say that it streams",
        bootstrap: [
          next(anEvent),
          response("", accepted, { chunks: ["part"], headers: { Trailer: trailerNames }, trailers: failingTrailers }),
        ],
        invoke: [streamingCaller(["PayloadChunk part", completeWith(problem)])],
      },
      {
        name: "of a runtime that does not stream",
        bootstrap: [next(anEvent), error(problem, accepted)],
        invoke: [streamingCaller([completeWith(problem)])],
      },
      {
        name: "a timeout in the middle",
        options: { timeoutMs: 1000 },
        bootstrap: [
          next(anEvent),
          {
            do: "send",
            method: "POST",
            path: "/runtime/invocation/{requestId}/response",
            headers: modeHeader,
            chunks: ["part"],
            unfinished: true,
            connection: "slow",
          },
          { do: "hang" },
        ],
        invoke: [
          streamingCaller([
            "PayloadChunk part",
            completeWith(platformFailure("Sandbox.Timedout", "Task timed out after 1.00 seconds")),
          ]),
        ],
      },
    ],
  },
  {
    behaviour: "Streamed responses to `Invoke`: collected, at most 6 MB",
    fidelity: {
      kind: "approximate",
      how: "an error behind some pieces leaves those as the payload",
      source: streaming,
      unverified: true,
    },
    cases: [
      {
        name: "whole",
        bootstrap: [next(anEvent), streamed(["one ", "two"], accepted)],
        invoke: [answered("one two")],
      },
      {
        name: "an error behind some pieces",
        bootstrap: [next(anEvent), streamed(["part"], accepted, { trailers: failingTrailers })],
        invoke: [failed("part")],
      },
      {
        name: "an error without any",
        bootstrap: [next(anEvent), streamed([], accepted, { trailers: failingTrailers })],
        invoke: [failed(problem)],
      },
    ],
  },
  {
    behaviour: "Streamed responses: at most 200 MB, and the pace of 2 MB/s behind the first 6 MB",
    fidelity: { kind: "approximate", how: "the pace only with `streamPacing`", source: guide("gettingstarted-limits") },
    cases: [],
    untested: "test/emulator/response-streaming.test.ts has the sizes, test/emulator/pace.test.ts the pace",
  },
  {
    behaviour: "A caller that goes away while the response is streamed: the function goes on",
    fidelity: { kind: "exact", source: streaming },
    cases: [],
    untested: "test/emulator/response-streaming.test.ts",
  },
];
