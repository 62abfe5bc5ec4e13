/** The Extensions API. */
import type { Behaviour, BootstrapStep, ExpectedAnswer, Pattern } from "./behaviour.ts";
import { endLine, initReportLine, invocationLines, reportLine, startLine } from "./log-lines.ts";
import { guide, server } from "./sources.ts";
import { accepted, answered, failed, next, platformFailure, refusal, response } from "./steps.ts";

const document = guide("runtimes-extensions-api");
const registerPath = "/2020-01-01/extension/register";
const nextPath = "/2020-01-01/extension/event/next";
const identifier = { "Lambda-Extension-Identifier": "{extensionId}" };
const options = { layers: ["{extensions}"] };
const unknownIdentifier = "00000000-0000-4000-8000-000000000000";

function register(
  body: string,
  expect?: ExpectedAnswer,
  headers: Readonly<Record<string, string>> = { "Lambda-Extension-Name": "scripted" },
): BootstrapStep {
  const step = { do: "exchange", method: "POST", path: registerPath, headers, body } as const;
  return expect === undefined ? step : { ...step, expect };
}
const registerBoth: BootstrapStep = register('{"events":["INVOKE","SHUTDOWN"]}');

function eventNext(expect?: ExpectedAnswer, headers: Readonly<Record<string, string>> = identifier): BootstrapStep {
  const step = { do: "exchange", method: "GET", path: nextPath, headers } as const;
  return expect === undefined ? step : { ...step, expect };
}

function reportError(
  kind: "init" | "exit",
  expect: ExpectedAnswer,
  headers: Readonly<Record<string, string>> = {},
): BootstrapStep {
  const path = `/2020-01-01/extension/${kind}/error`;
  return { do: "exchange", method: "POST", path, headers: { ...identifier, ...headers }, body: "{}", expect };
}
const errorType = { "Lambda-Extension-Function-Error-Type": "Extension.NoConfiguration" };

const ready = "EXTENSION\tName: scripted\tState: Ready\tEvents: [INVOKE, SHUTDOWN]";
const failedLine = (state: string, type: string, events = "INVOKE, SHUTDOWN"): string =>
  `EXTENSION\tName: scripted\tState: ${state}\tEvents: [${events}]\tError Type: ${type}`;
const invokeEvent: ExpectedAnswer = {
  status: 200,
  headers: { "lambda-extension-event-identifier": "{uuid}", "content-type": "application/json" },
  body:
    '{"eventType":"INVOKE","deadlineMs":{digits},"requestId":"{requestId}",' +
    '"invokedFunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:{functionName}",' +
    '"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1-{hex}-{hex};Parent={hex};Sampled=0"}}',
};
const shutdownEvent = (reason: Pattern): ExpectedAnswer => ({
  status: 200,
  body: `{"eventType":"SHUTDOWN","deadlineMs":{digits},"shutdownReason":"${String(reason)}"}`,
});
const refuse = (type: string, message: string): ExpectedAnswer => refusal(403, type, message);

export const extensions: readonly Behaviour[] = [
  {
    behaviour: "Extensions: every file of `/opt/extensions` is started, and registers before the runtime starts",
    fidelity: { kind: "exact", how: "in a container all processes of an environment share it", source: document },
    cases: [
      {
        name: "with INVOKE and SHUTDOWN",
        options,
        extension: [
          register('{"events":["INVOKE","SHUTDOWN"]}', {
            status: 200,
            headers: { "lambda-extension-identifier": "{uuid}", "content-type": "application/json" },
            body: '{"functionName":"{functionName}","functionVersion":"$LATEST","handler":"{any}"}',
          }),
          eventNext(invokeEvent),
        ],
        bootstrap: [next(), response("1", accepted)],
        invoke: [answered("1")],
        log: [ready, ...invocationLines()],
      },
      {
        name: "with the account",
        options,
        extension: [
          register(
            "{}",
            {
              status: 200,
              body: '{"functionName":"{functionName}","functionVersion":"$LATEST","handler":"{any}","accountId":"000000000000"}',
            },
            { "Lambda-Extension-Name": "scripted", "Lambda-Extension-Accept-Feature": "other, accountId" },
          ),
        ],
        invoke: [answered("{}")],
        log: ["EXTENSION\tName: scripted\tState: Ready\tEvents: []", ...invocationLines()],
      },
      {
        name: "one that never registers takes the time of the init, and then of the invocation",
        options: { ...options, timeoutMs: 400 },
        extension: [{ do: "hang" }],
        bootstrap: [{ do: "write", body: "the runtime has started\n" }],
        invoke: [failed(platformFailure("Sandbox.Timedout", "Task timed out after 0.40 seconds"))],
        log: [
          initReportLine("timeout"),
          initReportLine("timeout", "invoke"),
          ...invocationLines({ isFirst: false, failure: "timeout" }),
        ],
      },
      {
        name: "its variables",
        options,
        extension: [
          {
            do: "inspect",
            expect: {
              AWS_LAMBDA_RUNTIME_API: /^[0-9.]+:\d+$/,
              AWS_LAMBDA_FUNCTION_NAME: "{functionName}",
              AWS_REGION: "us-east-1",
              _HANDLER: undefined,
              LAMBDA_TASK_ROOT: undefined,
              LAMBDA_RUNTIME_DIR: undefined,
              AWS_LAMBDA_LOG_GROUP_NAME: undefined,
              AWS_LAMBDA_LOG_STREAM_NAME: undefined,
              AWS_XRAY_CONTEXT_MISSING: undefined,
              PWD: undefined,
              SHLVL: undefined,
            },
          },
          registerBoth,
        ],
        bootstrap: [{ do: "inspect", expect: { PWD: undefined, SHLVL: undefined, LAMBDA_TASK_ROOT: /^\// } }],
        invoke: [answered("{}")],
      },
    ],
  },
  {
    behaviour: "Extensions: the next event waits for those that take INVOKE; the caller does not",
    fidelity: { kind: "exact", source: document },
    cases: [
      {
        name: "an extension that never asks again",
        options: { ...options, timeoutMs: 1500 },
        extension: [registerBoth, eventNext(), { do: "hang" }],
        bootstrap: [next(), response("1")],
        invoke: [answered("1", { body: '"first"' })],
        log: [ready, startLine(), endLine(), reportLine({ failure: "timeout" })],
      },
      {
        name: "one that takes only SHUTDOWN is not waited for",
        options,
        extension: [register('{"events":["SHUTDOWN"]}')],
        invoke: [answered("1", { body: "1" }), answered("2", { body: "2" })],
        log: [
          "EXTENSION\tName: scripted\tState: Ready\tEvents: [SHUTDOWN]",
          ...invocationLines({}, [], "{requestId1}"),
          ...invocationLines({ isFirst: false }, [], "{requestId2}"),
        ],
      },
    ],
  },
  {
    behaviour: "Extensions: SHUTDOWN behind the end of the runtime, with reason and deadline",
    fidelity: { kind: "exact", how: "reasons in lower case, as recorded", source: document },
    cases: [
      {
        name: "after a timeout",
        options: { ...options, timeoutMs: 400 },
        extension: [registerBoth, eventNext(), eventNext(shutdownEvent("timeout")), { do: "exit", code: 0 }],
        bootstrap: [next(), { do: "hang" }],
        invoke: [failed(platformFailure("Sandbox.Timedout", "Task timed out after 0.40 seconds"))],
      },
      {
        name: "after a crash",
        options,
        extension: [registerBoth, eventNext(), eventNext(shutdownEvent("failure")), { do: "exit", code: 0 }],
        bootstrap: [next(), { do: "exit", code: 1 }],
        invoke: [failed(platformFailure("Runtime.ExitError", "Runtime exited with error: exit status 1"))],
      },
    ],
  },
  {
    behaviour: "Extensions: one that ends, or reports an error, ends the environment",
    fidelity: { kind: "exact", source: server },
    cases: [
      {
        name: "a crash",
        options,
        extension: [registerBoth, eventNext(), { do: "exit", code: 3 }],
        bootstrap: [next(), { do: "hang" }],
        invoke: [failed(platformFailure("Extension.Crash", "exit status 3"))],
        log: [
          ready,
          startLine(),
          failedLine("Exited", "Extension.Crash"),
          endLine(),
          reportLine({ failure: "Extension.Crash" }),
        ],
      },
      {
        name: "a signal",
        options,
        extension: [registerBoth, eventNext(), { do: "signal", signal: 9 }],
        bootstrap: [next(), { do: "hang" }],
        invoke: [failed(platformFailure("Extension.Crash", "signal: killed"))],
      },
      {
        name: "a crash before it registers, repeated once inside of the invocation",
        options,
        extension: [{ do: "exit", code: 0 }],
        invoke: [failed(platformFailure("Extension.Crash", "exit code 0"))],
        log: [
          failedLine("Exited", "Extension.Crash", ""),
          initReportLine("Extension.Crash"),
          failedLine("Exited", "Extension.Crash", ""),
          initReportLine("Extension.Crash", "invoke"),
          ...invocationLines({ isFirst: false, failure: "Extension.Crash" }),
        ],
      },
      {
        name: "out of memory together with the runtime: the larger one is killed",
        options,
        extension: [registerBoth, eventNext(), eventNext(shutdownEvent("failure")), { do: "exit", code: 0 }],
        bootstrap: [next(), { do: "allocate", mebibytes: 256 }],
        invoke: [failed(platformFailure("Runtime.OutOfMemory", "Runtime exited with error: signal: killed"))],
        only: { launcher: "container", because: "the memory of processes is not limited" },
      },
      {
        name: "`exit/error`",
        options,
        extension: [
          registerBoth,
          eventNext(),
          reportError(
            "init",
            refuse(
              "Extension.InvalidExtensionState",
              "State transition from Running to InitError failed for extension scripted. Error: State transition is not allowed",
            ),
            errorType,
          ),
          reportError("exit", accepted, errorType),
          { do: "exit", code: 1 },
        ],
        bootstrap: [next(), { do: "hang" }],
        invoke: [failed(platformFailure("Extension.ExitError", "Extension.NoConfiguration"))],
      },
      {
        name: "`init/error`",
        options,
        extension: [
          registerBoth,
          reportError("init", refuse("Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found")),
          reportError("init", accepted, errorType),
          { do: "exit", code: 1 },
        ],
        invoke: [failed(platformFailure("Extension.InitError", "Extension.NoConfiguration"))],
      },
    ],
  },
  {
    behaviour: "Internal extensions: register from the runtime, for INVOKE only, until its first `next`",
    fidelity: { kind: "exact", source: document },
    cases: [
      {
        name: "and what is refused",
        bootstrap: [
          register("{}", refuse("Extension.InvalidExtensionName", "Empty extension name"), {}),
          register("no JSON", { status: 403, body: '{"errorMessage":"{any}","errorType":"InvalidRequestFormat"}\n' }),
          register(
            '{"configurationKeys":[]}',
            refuse("InvalidRequestFormat", "configurationKeys are deprecated; use environment variables instead"),
          ),
          register('{"events":["FREEZE"]}', refuse("Extension.InvalidEventType", "FREEZE: ErrorInvalidEventType")),
          register(
            '{"events":["SHUTDOWN"]}',
            refuse("Extension.InvalidEventType", "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"),
          ),
          eventNext(refuse("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"), {}),
          eventNext(refuse("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier"), {
            "Lambda-Extension-Identifier": "7",
          }),
          eventNext(refuse("Extension.UnknownExtensionIdentifier", `Unknown extension ${unknownIdentifier}`), {
            "Lambda-Extension-Identifier": unknownIdentifier,
          }),
          register('{"events":["INVOKE"]}', { status: 200 }),
          register("{}", refuse("Extension.InvalidExtensionState", "Extension with this name already registered")),
          { do: "send", method: "GET", path: nextPath, headers: identifier, connection: "extension" },
          next(),
          { do: "receive", connection: "extension", expect: invokeEvent },
          register("{}", refuse("Extension.RegistrationClosed", "Extension registration closed already"), {
            "Lambda-Extension-Name": "late",
          }),
          { do: "send", method: "GET", path: nextPath, headers: identifier, connection: "extension" },
          response("1", accepted),
        ],
        invoke: [answered("1")],
      },
      {
        name: "at most ten",
        bootstrap: [
          ...Array.from({ length: 10 }, (_, index) =>
            register("{}", { status: 200 }, { "Lambda-Extension-Name": `internal-${index}` }),
          ),
          register("{}", refuse("Extension.TooManyExtensions", "Extension limit (10) reached"), {
            "Lambda-Extension-Name": "one-more",
          }),
          { do: "exit", code: 1 },
        ],
        invoke: [failed(platformFailure("Runtime.ExitError", "Runtime exited with error: exit status 1"))],
      },
    ],
  },
];
