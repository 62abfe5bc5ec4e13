/** The function's log. */
import type { Behaviour } from "./behaviour.ts";
import { endLine, invocationLines, startLine } from "./log-lines.ts";
import { guide, recorded } from "./sources.ts";
import { accepted, anEvent, answered, error, failed, next, platformFailure, response } from "./steps.ts";

const formats = guide("monitoring-cloudwatchlogs-logformat");
const levels = guide("monitoring-cloudwatchlogs-log-level");
const late = { launcher: "host", because: "the daemon passes output on in its own time" } as const;
const tracing =
  '"tracing":{"spanId":"{hex}","type":"X-Amzn-Trace-Id","value":"Root=1-{hex}-{hex};Parent={hex};Sampled=0"}';
const startJson = `{"time":"{time}","type":"platform.start","record":{"requestId":"{requestId}","version":"$LATEST",${tracing}}}`;
const reportJson = (status: string, more = ""): string =>
  `{"time":"{time}","type":"platform.report","record":{"requestId":"{requestId}","status":${status},` +
  `"metrics":{"durationMs":{number},"billedDurationMs":{digits},"memorySizeMB":128{any}${more}},${tracing}}}`;
const runtimeDoneJson = (status: string, spans = "{any}"): string =>
  `{"time":"{time}","type":"platform.runtimeDone","record":{"requestId":"{requestId}","status":${status},${tracing},` +
  `"spans":[${spans}],"metrics":{"durationMs":{number},"producedBytes":{digits}}}}`;
const initJson = (type: string, more: string): string =>
  `{"time":"{time}","type":"platform.${type}","record":{"initializationType":"on-demand","phase":"init",${more}}}`;
const line = (level: string): string => `{"timestamp":"2026-01-02T03:04:05.678Z","level":"${level}","message":"m"}`;

export const logs: readonly Behaviour[] = [
  {
    behaviour: "`START`, `END`, `REPORT`: texts, init duration in the first REPORT of an environment only",
    fidelity: { kind: "exact", source: guide("lambda-runtime-environment") },
    cases: [
      {
        name: "two invocations of one environment",
        options: { memoryMib: 256 },
        bootstrap: [next(anEvent), response("1", accepted)],
        invoke: [answered("1"), answered("{}")],
        log: [
          ...invocationLines({ memoryMib: 256 }, [], "{requestId1}"),
          ...invocationLines({ memoryMib: 256, isFirst: false }, [], "{requestId2}"),
        ],
      },
    ],
  },
  {
    behaviour: "`INIT_START`, `XRAY`",
    fidelity: {
      kind: "approximate",
      how: "not printed: there is no runtime version, and tracing only with `xray`",
      source: recorded,
    },
    cases: [
      { name: "in front of and behind an invocation", bootstrap: [], invoke: [answered("{}")], log: invocationLines() },
    ],
  },
  {
    behaviour: "`Max Memory Used`",
    fidelity: {
      kind: "approximate",
      how: "as a process of this machine: peak resident memory of the bootstrap, and of its descendants, looked at ten times a second (Linux; elsewhere, and when it ended too early, left out); in a container: peak of its control group, page cache included",
      source: recorded,
    },
    cases: [
      {
        name: "more than was allocated",
        bootstrap: [next(), { do: "allocate", mebibytes: 60 }, response("1")],
        invoke: [answered("1")],
        log: [startLine(), endLine(), /^REPORT .*\tMax Memory Used: (?:[6-9]\d|1[01]\d) MB\t/],
      },
    ],
  },
  {
    behaviour: "Output is cut into lines at line feeds only; the rest stands before END",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "pieces of lines",
        bootstrap: [
          next(),
          { do: "write", body: "first\nsec" },
          { do: "write", body: "ond\rwith a carriage return\n" },
          { do: "write", body: "no line feed" },
          response("1"),
        ],
        invoke: [answered("1")],
        log: invocationLines({}, ["first", "second\rwith a carriage return", "no line feed"]),
        only: late,
      },
      {
        name: "standard error",
        bootstrap: [next(), { do: "write", stream: "stderr", body: "wrong\n" }, response("1")],
        invoke: [answered("1")],
        log: invocationLines({}, ["wrong"]),
      },
    ],
  },
  {
    behaviour: "Order of output",
    fidelity: {
      kind: "approximate",
      how: "as a process of this machine: what was written before `next` stands before END, the order between stdout and stderr is not kept; from a container lines may come late",
      source: recorded,
    },
    cases: [
      {
        name: "up to `next`",
        bootstrap: [next(), response("1"), { do: "write", body: "after the answer\n" }],
        invoke: [answered("1")],
        log: invocationLines({}, ["after the answer"]),
      },
    ],
  },
  {
    behaviour: "JSON logs: `platform.start`, `platform.report`, variables of the format",
    fidelity: { kind: "exact", source: formats },
    cases: [
      {
        name: "a success",
        options: { logging: { format: "JSON" } },
        bootstrap: [
          { do: "inspect", expect: { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: "INFO" } },
          next(),
          { do: "write", body: "plain text\n" },
          response("1"),
        ],
        invoke: [answered("1")],
        log: [startJson, "plain text", reportJson('"success"', ',"initDurationMs":{number}')],
      },
      {
        name: "a crash",
        options: { logging: { format: "JSON" } },
        bootstrap: [next(), { do: "exit", code: 1 }],
        invoke: [failed(platformFailure("Runtime.ExitError", "Runtime exited with error: exit status 1"))],
        log: [
          startJson,
          runtimeDoneJson('"error","errorType":"Runtime.ExitError"'),
          reportJson('"error","errorType":"Runtime.ExitError"', ',"initDurationMs":{number}'),
        ],
      },
      {
        name: "an error that the runtime reports",
        options: { logging: { format: "JSON" } },
        bootstrap: [
          next(),
          error("{}", accepted, { headers: { "Lambda-Runtime-Function-Error-Type": "Function.No" } }),
        ],
        invoke: [failed("{}")],
        log: [
          startJson,
          runtimeDoneJson('"error","errorType":"Function.No"'),
          reportJson('"error","errorType":"Function.No"', ',"initDurationMs":{number}'),
        ],
      },
      {
        name: "a timeout",
        options: { logging: { format: "JSON" }, timeoutMs: 300 },
        bootstrap: [next(), { do: "hang" }],
        invoke: [failed(platformFailure("Sandbox.Timedout", "Task timed out after 0.30 seconds"))],
        log: [startJson, runtimeDoneJson('"timeout"'), reportJson('"timeout"', ',"initDurationMs":{number}')],
      },
    ],
  },
  {
    behaviour: "JSON logs: levels of the function's and of the platform's lines",
    fidelity: { kind: "exact", source: levels },
    cases: [
      {
        name: "the function's",
        options: { logging: { format: "JSON", applicationLogLevel: "WARN" } },
        bootstrap: [
          next(),
          { do: "write", body: `${line("INFO")}\n${line("WARN")}\nplain text counts as INFO\n${line("FATAL")}\n` },
          response("1"),
        ],
        invoke: [answered("1")],
        log: [startJson, line("WARN"), line("FATAL"), reportJson('"success"', ',"initDurationMs":{number}')],
      },
      {
        name: "the platform's",
        options: { logging: { format: "JSON", systemLogLevel: "WARN" } },
        bootstrap: [next(anEvent), { do: "exit", code: 1, onlyIf: "crash" }, response("1")],
        invoke: [answered("1"), answered("{}")],
        log: [],
      },
      {
        name: "the platform's, of a failure",
        options: { logging: { format: "JSON", systemLogLevel: "WARN" } },
        bootstrap: [next(), { do: "exit", code: 1 }],
        invoke: [failed(platformFailure("Runtime.ExitError", "Runtime exited with error: exit status 1"))],
        log: [
          runtimeDoneJson('"error","errorType":"Runtime.ExitError"'),
          reportJson('"error","errorType":"Runtime.ExitError"', ',"initDurationMs":{number}'),
        ],
      },
    ],
  },
  {
    behaviour: "JSON logs: `platform.initStart`, `initRuntimeDone`, `initReport`, `runtimeDone` with the level DEBUG",
    fidelity: {
      kind: "approximate",
      how: "without `runtimeVersion`, which custom runtimes have of Amazon Linux",
      source: levels,
    },
    cases: [
      {
        name: "with DEBUG",
        options: { logging: { format: "JSON", systemLogLevel: "DEBUG" } },
        bootstrap: [next(), response("1")],
        invoke: [answered("1")],
        log: [
          initJson(
            "initStart",
            '"functionName":"{functionName}","functionVersion":"$LATEST","instanceId":"{hex}","instanceMaxMemory":134217728',
          ),
          initJson("initRuntimeDone", '"status":"success","spans":[]'),
          initJson("initReport", '"status":"success","metrics":{"durationMs":{number}}'),
          startJson,
          runtimeDoneJson(
            '"success"',
            ["responseLatency", "responseDuration", "runtimeOverhead"]
              .map((name) => `{"name":"${name}","start":"{time}","durationMs":{number}}`)
              .join(","),
          ),
          reportJson('"success"', ',"initDurationMs":{number}'),
        ],
      },
    ],
  },
];
