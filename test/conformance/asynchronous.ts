/** Asynchronous invocations. */
import type { Behaviour, CallerRequest } from "./behaviour.ts";
import { invocationLines, reportLine, startLine, endLine } from "./log-lines.ts";
import { eventBridge, guide, own, recorded } from "./sources.ts";
import { accepted, anEvent, error, next, response } from "./steps.ts";

const asynchronous = { "X-Amz-Invocation-Type": "Event" };
const retries = guide("invocation-async-error-handling");

/** Accepted with 202 and nothing else. */
function queued(body = '{"a":1}'): CallerRequest {
  const absent = { "x-amz-executed-version": undefined, "x-amz-function-error": undefined };
  return {
    headers: asynchronous,
    body,
    expect: { status: 202, headers: { "x-amzn-requestid": "{uuid}", ...absent }, body: "" },
  };
}

/** The record of a destination. */
function record(condition: string, count: number, more: object): string {
  return JSON.stringify({
    version: "1.0",
    timestamp: "{time}",
    requestContext: {
      requestId: "{requestId}",
      functionArn: "arn:aws:lambda:us-east-1:000000000000:function:{functionName}:$LATEST",
      condition,
      approximateInvokeCount: count,
    },
    requestPayload: { a: 1 },
    ...more,
  });
}
const responseContext = (functionError?: string): object => ({
  statusCode: 200,
  executedVersion: "$LATEST",
  ...(functionError === undefined ? {} : { functionError }),
});
const onFailure = "{records}/failure";

export const asynchronousInvocations: readonly Behaviour[] = [
  {
    behaviour: "`Event` invocations: 202 at once; record of success",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "with event and result",
        options: { eventInvokeConfig: { onSuccess: "{records}/success", onFailure } },
        bootstrap: [
          next({ status: 200, headers: { "lambda-runtime-aws-request-id": "{requestId}" }, body: '{"a":1}' }),
          response('"done"', accepted),
        ],
        invoke: [queued()],
        log: invocationLines(),
        records: {
          success: [record("Success", 1, { responseContext: responseContext(), responsePayload: "done" })],
          failure: [],
        },
      },
    ],
  },
  {
    behaviour:
      "`Event` invocations: two retries with the same request id, after 1 and 2 minutes; record and dead letter",
    fidelity: { kind: "exact", source: retries },
    cases: [
      {
        name: "without the delays",
        options: { eventInvokeConfig: { retryDelaysMs: [0, 0], onFailure, deadLetterQueue: "{records}/dead-letters" } },
        bootstrap: [
          next(anEvent),
          error('{"errorMessage":"no"}'),
          next(anEvent),
          error("2"),
          next(anEvent),
          error("3"),
        ],
        invoke: [queued()],
        log: [...invocationLines(), ...[2, 3].flatMap(() => [startLine(), endLine(), reportLine({ isFirst: false })])],
        records: {
          failure: [
            record("RetriesExhausted", 3, { responseContext: responseContext("Unhandled"), responsePayload: 3 }),
          ],
          "dead-letters": ['{"a":1}'],
        },
      },
      {
        name: "none, when the function has none",
        options: { eventInvokeConfig: { maximumRetryAttempts: 0, onFailure } },
        bootstrap: [next(), error('{"errorMessage":"no"}')],
        invoke: [queued()],
        records: {
          failure: [
            record("RetriesExhausted", 1, {
              responseContext: responseContext("Unhandled"),
              responsePayload: { errorMessage: "no" },
            }),
          ],
        },
      },
    ],
  },
  {
    behaviour: "`Event` invocations: an event that is too old is given up",
    fidelity: { kind: "exact", source: retries },
    cases: [
      {
        name: "before its first retry",
        options: { eventInvokeConfig: { maximumEventAgeMs: 1, retryDelaysMs: [1000, 1000], onFailure } },
        bootstrap: [next(), error("1")],
        invoke: [queued()],
        records: {
          failure: [
            record("EventAgeExceeded", 1, { responseContext: responseContext("Unhandled"), responsePayload: 1 }),
          ],
        },
      },
    ],
  },
  {
    behaviour:
      "`Event` invocations: what is throttled waits, from 1 s up to 5 min; with a concurrency of 0 it is given up",
    fidelity: { kind: "exact", source: retries },
    cases: [
      {
        name: "busy environments",
        options: { concurrency: 1, timeoutMs: 400, eventInvokeConfig: { maximumRetryAttempts: 0, onFailure } },
        bootstrap: [next(), { do: "hang" }],
        invoke: [queued(), queued()],
        records: {
          failure: [1, 2].map(() =>
            record("RetriesExhausted", 1, {
              responseContext: responseContext("Unhandled"),
              responsePayload: {
                errorType: "Sandbox.Timedout",
                errorMessage: "RequestId: {requestId} Error: Task timed out after 0.40 seconds",
              },
            }),
          ),
        },
      },
      {
        name: "none at all",
        options: { concurrency: 0, eventInvokeConfig: { onFailure } },
        invoke: [queued()],
        records: { failure: [record("ZeroReservedConcurrency", 0, {})] },
      },
    ],
  },
  {
    behaviour: "Destinations and dead-letter queues",
    fidelity: {
      kind: "approximate",
      how: "emulated functions, HTTP servers and files; the attributes of a dead letter are HTTP headers, or stand beside its body",
      source: own,
    },
    cases: [
      {
        name: "an HTTP server",
        options: { eventInvokeConfig: { onSuccess: "{records}/success" } },
        invoke: [queued()],
        records: { success: ["{any}"] },
      },
    ],
  },
  {
    behaviour: "Schedules: `rate(…)` and `cron(…)` of EventBridge rules, its event, an `Event` invocation at each time",
    fidelity: {
      kind: "approximate",
      how: "there is no rule, its name in the event is made of the function's; a rate counts from the start of the emulator; once at each time, where EventBridge may come late or twice",
      source: eventBridge("eb-scheduled-rule-pattern"),
    },
    cases: [],
    untested: "it takes a clock of the test's own; see test/emulator/scheduled-invocations.test.ts",
  },
];
