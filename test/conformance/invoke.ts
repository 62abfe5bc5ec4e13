/** `Invoke` as its caller sees it, when it succeeds. */
import type { Behaviour, CallerRequest } from "./behaviour.ts";
import { endLine, reportLine, startLine } from "./log-lines.ts";
import { api, guide, recorded, server } from "./sources.ts";
import { accepted, anEvent, answered, invocationsPath, next, response } from "./steps.ts";

/** By another name of the same function. */
const byName = (name: string, query = ""): CallerRequest =>
  answered("1", { body: "1", path: `/2015-03-31/functions/${name}/invocations${query}` });
const arn = "arn:aws:lambda:us-east-1:000000000000:function:{functionName}";
const tail = { "X-Amz-Log-Type": "Tail" };

export const invoke: readonly Behaviour[] = [
  {
    behaviour: "`Invoke`: status 200, headers, executed version, request id as the runtime's, trace id in lower case",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "without a trace of the caller",
        bootstrap: [
          next({ status: 200, headers: { "lambda-runtime-aws-request-id": "{requestId}" } }),
          response('"ä"', accepted),
        ],
        invoke: [
          {
            expect: {
              status: 200,
              headers: {
                "content-type": "application/json",
                "x-amz-executed-version": "$LATEST",
                "x-amz-function-error": undefined,
                "x-amz-log-result": undefined,
                "x-amzn-requestid": "{uuid}",
                "x-amzn-trace-id": /^root=1-[0-9a-f]{8}-[0-9a-f]{24};parent=[0-9a-f]{16};sampled=0$/,
              },
              body: '"ä"',
            },
          },
        ],
      },
      {
        name: "with a trace of the caller",
        invoke: [
          {
            headers: { "X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1" },
            expect: {
              status: 200,
              headers: { "x-amzn-trace-id": "root=1-5759e988-bd862e3fe1be46a994272793;sampled=1" },
            },
          },
        ],
      },
    ],
  },
  {
    behaviour: "`Invoke`: function names, partial and full ARNs, with and without `$LATEST`, percent-encoded or not",
    fidelity: { kind: "exact", source: api("Invoke") },
    cases: [
      {
        name: "all of them",
        invoke: [
          byName("{functionName}:$LATEST"),
          byName("{functionName}", "?Qualifier=%24LATEST"),
          byName("function:{functionName}"),
          byName("000000000000:function:{functionName}"),
          byName("000000000000:{functionName}:$LATEST"),
          byName(arn),
          byName(`${arn}:$LATEST`.replaceAll(":", "%3A")),
          byName(`${arn}:$LATEST`, "?Qualifier=$LATEST"),
        ],
      },
    ],
  },
  {
    behaviour: "`Invoke`: region and account in an ARN, signatures",
    fidelity: { kind: "approximate", how: "not compared, not checked", source: api("Invoke") },
    cases: [
      {
        name: "of anybody",
        invoke: [byName("arn:aws:lambda:eu-west-1:123456789012:function:{functionName}")],
      },
    ],
  },
  {
    behaviour: "`Invoke`, `DryRun`: 204",
    fidelity: { kind: "exact", source: api("Invoke") },
    cases: [
      {
        name: "nothing is run",
        bootstrap: [],
        invoke: [
          {
            headers: { "X-Amz-Invocation-Type": "DryRun" },
            expect: {
              status: 204,
              headers: { "x-amzn-requestid": "{uuid}", "x-amz-executed-version": undefined },
              body: "",
            },
          },
        ],
        log: [],
      },
    ],
  },
  {
    behaviour: "`Invoke`, log tail: START to REPORT, at most 4,096 bytes",
    fidelity: {
      kind: "approximate",
      how: "exact as a process of this machine; from a container output may come too late for it",
      source: recorded,
    },
    cases: [
      {
        name: "with what the function wrote",
        bootstrap: [
          next(anEvent),
          { do: "write", body: "first\n" },
          { do: "write", body: "second\n" },
          response("1", accepted),
        ],
        invoke: [
          answered("1", {
            headers: tail,
            logTail: `${[startLine(), "first", "second", endLine(), reportLine()].join("\n")}\n`,
          }),
        ],
        only: { launcher: "host", because: "the daemon passes output on in its own time" },
      },
      {
        name: "the platform's lines",
        bootstrap: [next(), response("1")],
        invoke: [answered("1", { headers: tail, logTail: `${[startLine(), endLine(), reportLine()].join("\n")}\n` })],
      },
      {
        name: "cut at the front",
        bootstrap: [next(), { do: "write", body: "x", times: 5000 }, { do: "write", body: "\n" }, response("1")],
        invoke: [answered("1", { headers: tail, logTail: /^(?=[^]{4096}$)x+\nEND RequestId: .*\nREPORT .*\n$/ })],
        only: { launcher: "host", because: "the daemon passes output on in its own time" },
      },
    ],
  },
  {
    behaviour: "`Invoke`: `X-Amz-Durable-Execution-Name`",
    fidelity: { kind: "approximate", how: "ignored: an ordinary invocation", source: guide("durable-invoking") },
    cases: [
      {
        name: "answered as any",
        invoke: [answered("{}", { path: invocationsPath, headers: { "X-Amz-Durable-Execution-Name": "order-1" } })],
      },
    ],
  },
  {
    behaviour: "`Invoke` of `function`, as AWS's own emulator names its only one",
    fidelity: { kind: "exact", how: "when there is only one", source: server },
    cases: [],
    untested: "the emulator of the cases has many functions; see test/emulator/invoke-app.test.ts",
  },
];
