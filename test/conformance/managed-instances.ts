/** Lambda Managed Instances: many events at the same time in one environment. */
import type { Behaviour, BootstrapStep, CallerRequest, ExpectedAnswer } from "./behaviour.ts";
import { guide, server } from "./sources.ts";
import {
  accepted,
  anEvent,
  answered,
  badRequestId,
  badTransition,
  failed,
  initError,
  next,
  platformFailure,
  refusal,
  refused,
  request,
  response,
} from "./steps.ts";

const document = guide("lambda-managed-instances-execution-environment");
const options = { maxConcurrency: 2, concurrency: 1 };
const nextPath = "/runtime/invocation/next";

/** Two workers wait; the line says so. */
const twoWorkers: readonly BootstrapStep[] = [
  { do: "send", method: "GET", path: nextPath, connection: "a" },
  // Once this is answered, what was sent before has been read.
  request("GET", "/ping", { status: 200 }),
  { do: "send", method: "GET", path: nextPath, connection: "b" },
  request("GET", "/ping", { status: 200 }),
  { do: "write", body: "both wait\n" },
];
const receive = (connection: string, expect: ExpectedAnswer = anEvent): BootstrapStep => ({
  do: "receive",
  connection,
  expect,
});
const answer = (connection: string, body: string, expect: ExpectedAnswer): BootstrapStep => ({
  do: "exchange",
  method: "POST",
  path: `/runtime/invocation/{requestId:${connection}}/response`,
  body,
  expect,
});
const timedOut = (more: Partial<CallerRequest> = {}): CallerRequest =>
  failed(platformFailure("Sandbox.Timedout", "Task timed out after 1.00 seconds"), more);

const platformLine = (type: string, record: string): string =>
  `{"time":"{time}","type":"platform.${type}","record":{${record}}}`;
const initialization = '"initializationType":"lambda-managed-instances","phase":"init"';
const tracing =
  '"tracing":{"spanId":"{hex}","type":"X-Amzn-Trace-Id","value":"Root=1-{hex}-{hex};Parent={hex};Sampled=0"}';
const span = (name: string): string => `{"name":"${name}","start":"{time}","durationMs":{number}}`;
const reportOf = (status: string): string =>
  platformLine(
    "report",
    `"requestId":"{requestId}","status":${status},"metrics":{"durationMs":{number}},${tracing},` +
      `"spans":[${span("responseLatency")},${span("responseDuration")}]`,
  );
const start = platformLine("start", `"requestId":"{requestId}","version":"$LATEST",${tracing}`);

function register(body: string, expect: ExpectedAnswer, name = "scripted"): BootstrapStep {
  const headers = { "Lambda-Extension-Name": name };
  return { do: "exchange", method: "POST", path: "/2020-01-01/extension/register", headers, body, expect };
}
const badEvents = (message: string): ExpectedAnswer => refusal(403, "Extension.InvalidEventType", message);
const subscribe = (path: string, schemaVersion: string, expect: ExpectedAnswer): BootstrapStep => ({
  do: "exchange",
  method: "PUT",
  path,
  headers: { "Lambda-Extension-Identifier": "{extensionId}" },
  body: `{"schemaVersion":"${schemaVersion}","types":["platform"],"destination":{"protocol":"TCP","port":1}}`,
  expect,
});

export const managedInstances: readonly Behaviour[] = [
  {
    behaviour: "Managed Instances: variables; several `next` wait, answers come in any order, the first one counts",
    fidelity: { kind: "exact", how: "with `maxConcurrency`", source: document },
    cases: [
      {
        name: "two events, the second is answered first",
        options,
        bootstrap: [
          {
            do: "inspect",
            expect: {
              AWS_LAMBDA_MAX_CONCURRENCY: "2",
              AWS_LAMBDA_INITIALIZATION_TYPE: "lambda-managed-instances",
              AWS_LAMBDA_LOG_FORMAT: "JSON",
              AWS_LAMBDA_LOG_LEVEL: "INFO",
            },
          },
          ...twoWorkers,
          receive("a"),
          receive("b"),
          answer("b", "2", accepted),
          answer("b", "3", badRequestId),
          answer("a", "1", accepted),
        ],
        invoke: [answered("1", { until: "both wait" }), answered("2")],
      },
      {
        name: "`init/error` and the routes of SnapStart",
        options,
        bootstrap: [
          request("GET", "/runtime/restore/next", { status: 404 }),
          next(anEvent),
          initError("{}", badTransition("Ready", "InitError")),
          response("1", accepted),
        ],
        invoke: [answered("1")],
      },
    ],
  },
  {
    behaviour: "Managed Instances: a timeout is the caller's; the late answer 410 `InvokeTimeout` once, then 400",
    fidelity: { kind: "exact", source: server },
    cases: [
      {
        name: "the process goes on",
        options: { ...options, timeoutMs: 1000 },
        bootstrap: [
          ...twoWorkers,
          receive("a"),
          // Comes when the time of the first one is up.
          receive("b"),
          answer("a", "1", refusal(410, "InvokeTimeout", "Invoke timeout")),
          answer("a", "1", badRequestId),
          answer("b", "2", accepted),
        ],
        invoke: [timedOut(), answered("2")],
      },
    ],
  },
  {
    behaviour:
      "Managed Instances: 429 when no worker of the runtime is free; another environment while there may be one",
    fidelity: {
      kind: "approximate",
      how: "a worker that has answered is expected to ask again; up to `concurrency` environments, each started by the invocation that needs it, where Lambda follows the load",
      source: guide("lambda-managed-instances-scaling"),
      unverified: true,
    },
    cases: [
      {
        name: "a runtime with fewer workers than it may have",
        options: { ...options, timeoutMs: 1000 },
        bootstrap: [next(anEvent), { do: "write", body: "taken\n" }, { do: "hang" }],
        invoke: [
          timedOut({ until: "taken" }),
          refused(429, "TooManyRequestsException", {
            Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
            Type: "User",
            message: "Rate Exceeded.",
          }),
        ],
      },
      {
        name: "a second environment",
        options: { maxConcurrency: 1, concurrency: 2, timeoutMs: 1000 },
        bootstrap: [
          next(anEvent),
          { do: "write", body: "taken\n" },
          response("2", accepted, { onlyIf: '"second"' }),
          { do: "hang" },
        ],
        invoke: [timedOut({ until: "taken" }), answered("2", { body: '"second"' })],
      },
    ],
  },
  {
    behaviour: "Managed Instances: the end of a process ends all that it works on, and the environment",
    fidelity: {
      kind: "approximate",
      how: "a failed init is not repeated: what waits for it gets the error",
      source: document,
      unverified: true,
    },
    cases: [
      {
        name: "a crash",
        options,
        bootstrap: [...twoWorkers, receive("a"), receive("b"), { do: "exit", code: 1 }],
        invoke: [
          failed(platformFailure("Runtime.ExitError", "Runtime exited with error: exit status 1"), {
            until: "both wait",
          }),
          failed(platformFailure("Runtime.ExitError", "Runtime exited with error: exit status 1")),
        ],
      },
      {
        name: "an init error",
        options,
        bootstrap: [initError('{"errorType":"Function.NoTable"}', accepted), { do: "exit", code: 1 }],
        invoke: [failed('{"errorType":"Function.NoTable"}')],
      },
    ],
  },
  {
    behaviour: "Managed Instances: platform events as JSON; no `runtimeDone`; `report` with duration and spans",
    fidelity: {
      kind: "approximate",
      how: "a line belongs to the invocation that its `requestId` names, in the log tail too",
      source: guide("telemetry-schema-reference"),
    },
    cases: [
      {
        name: "all levels",
        options: { ...options, logging: { systemLogLevel: "DEBUG" } },
        bootstrap: [
          next(anEvent),
          { do: "write", body: '{"requestId":"{requestId}","message":"mine"}\n{"message":"nobody\'s"}\n' },
          response("1", accepted),
        ],
        invoke: [
          answered("1", {
            headers: { "X-Amz-Log-Type": "Tail" },
            logTail: `${start}\n{"requestId":"{requestId}","message":"mine"}\n${reportOf('"success"')}\n`,
          }),
        ],
        log: [
          platformLine(
            "initStart",
            `${initialization},"functionName":"{functionName}","functionVersion":"$LATEST","instanceId":"{hex}","instanceMaxMemory":134217728`,
          ),
          platformLine("initRuntimeDone", `${initialization},"status":"success","spans":[]`),
          platformLine("initReport", `${initialization},"status":"success","metrics":{"durationMs":{number}}`),
          start,
          '{"requestId":"{requestId}","message":"mine"}',
          '{"message":"nobody\'s"}',
          reportOf('"success"'),
        ],
        only: { launcher: "host", because: "the daemon passes output on in its own time" },
      },
    ],
  },
  {
    behaviour: "Managed Instances: extensions take SHUTDOWN only; Telemetry API 2025-01-29 only, no Logs API",
    fidelity: { kind: "exact", source: server },
    cases: [
      {
        name: "an external one",
        options: { ...options, layers: ["{extensions}"] },
        extension: [
          register('{"events":["INVOKE"]}', badEvents("INVOKE: ErrorInvalidEventType")),
          register('{"events":["SHUTDOWN"]}', { status: 200 }),
          subscribe("/2022-07-01/telemetry", "2022-12-13", {
            status: 400,
            body: '{"errorMessage":"schemaVersion must be one of 2025-01-29","errorType":"ValidationError"}\n',
          }),
          subscribe("/2022-07-01/telemetry", "2025-01-29", { status: 200, body: '"OK"' }),
          subscribe("/2020-08-15/logs", "2021-03-18", { status: 404, body: "404 page not found\n" }),
        ],
        invoke: [answered("{}")],
      },
      {
        name: "an internal one",
        options,
        bootstrap: [
          register('{"events":["INVOKE"]}', badEvents("No events allowed for internal extensions"), "internal"),
          register('{"events":[]}', { status: 200 }, "internal"),
          {
            do: "send",
            method: "GET",
            path: "/2020-01-01/extension/event/next",
            headers: { "Lambda-Extension-Identifier": "{extensionId}" },
            connection: "extension",
          },
        ],
        invoke: [answered("{}")],
      },
    ],
  },
  {
    behaviour:
      "Managed Instances: init within max(130 s, timeout); error documents up to 1 MiB; 10,000 workers that wait",
    fidelity: { kind: "exact", source: server },
    cases: [],
    untested: "test/emulator/managed-instances/concurrent-environment.test.ts",
  },
  {
    behaviour: "Managed Instances: a text log format, SnapStart and tenant isolation with it",
    fidelity: { kind: "refused", how: "the emulator does not start", source: guide("lambda-managed-instances") },
    cases: [],
    untested: "an emulator that starts is what the cases need; see test/emulator/managed-instances",
  },
  {
    behaviour: "Managed Instances: capacity providers, instances, their memory per vCPU, least and most environments",
    fidelity: {
      kind: "approximate",
      how: "there are none: `warm` environments are started at once, `concurrency` is the most there are",
      source: guide("lambda-managed-instances"),
    },
    cases: [],
    untested: "nothing to show",
  },
];
