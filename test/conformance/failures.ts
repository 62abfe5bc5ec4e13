/** What the caller gets when the platform has to answer for the function. */
import type { Behaviour, BootstrapStep, ConformanceCase } from "./behaviour.ts";
import { initReportLine, invocationLines } from "./log-lines.ts";
import { guide, own, recorded } from "./sources.ts";
import { accepted, anEvent, answered, failed, next, platformFailure, response } from "./steps.ts";

/** Ends while it works on an event. */
function ends(name: string, how: BootstrapStep, message: string, only?: ConformanceCase["only"]): ConformanceCase {
  return {
    name,
    bootstrap: [next(), how],
    invoke: [failed(platformFailure("Runtime.ExitError", message))],
    log: invocationLines({ failure: "Runtime.ExitError" }),
    ...(only === undefined ? {} : { only }),
  };
}
const killedBy = (signal: number, name: string): ConformanceCase =>
  ends(name, { do: "signal", signal }, `Runtime exited with error: signal: ${name}`);

export const failures: readonly Behaviour[] = [
  {
    behaviour: "Exit code or signal while an event is worked on: payload, status 200, `Unhandled`, REPORT",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      ends("exit code 0", { do: "exit", code: 0 }, "Runtime exited without providing a reason"),
      ends("exit code 3", { do: "exit", code: 3 }, "Runtime exited with error: exit status 3"),
      killedBy(6, "aborted"),
      killedBy(9, "killed"),
      killedBy(11, "segmentation fault"),
      killedBy(15, "terminated"),
    ],
  },
  {
    behaviour: "Exit codes above 128",
    fidelity: {
      kind: "approximate",
      how: "in a container taken for signals, as Docker reports both alike",
      source: recorded,
    },
    cases: [
      ends("exit code 139", { do: "exit", code: 139 }, "Runtime exited with error: exit status 139", {
        launcher: "host",
        because: "Docker reports a segmentation fault alike",
      }),
      ends("exit code 139", { do: "exit", code: 139 }, "Runtime exited with error: signal: segmentation fault", {
        launcher: "container",
        because: "a process has both",
      }),
    ],
  },
  {
    behaviour: "After a crash the next invocation has a new process",
    fidelity: { kind: "exact", source: guide("lambda-runtime-environment") },
    cases: [
      {
        name: "with an init of its own",
        bootstrap: [next(anEvent), { do: "exit", code: 3, onlyIf: "crash" }, response('"fine"', accepted)],
        invoke: [
          failed(platformFailure("Runtime.ExitError", "Runtime exited with error: exit status 3"), { body: '"crash"' }),
          // The process may end more slowly than the next one begins.
          answered('"fine"', { afterReports: 1 }),
        ],
        log: [
          ...invocationLines({ failure: "Runtime.ExitError" }, [], "{requestId1}"),
          ...invocationLines({}, [], "{requestId2}"),
        ],
      },
      {
        name: "also when it ended after its answer, which stands",
        bootstrap: [next(), response("1", accepted), { do: "exit", code: 3 }],
        invoke: [answered("1"), answered("1", { afterReports: 1 })],
        log: [
          ...invocationLines({ failure: "Runtime.ExitError" }, [], "{requestId1}"),
          ...invocationLines({ failure: "Runtime.ExitError" }, [], "{requestId2}"),
        ],
      },
    ],
  },
  {
    behaviour: "Timeout: payload with the configured time, new process afterwards",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "two decimals",
        // The second invocation has to start another container within its time.
        options: { timeoutMs: 2500 },
        bootstrap: [next(anEvent), { do: "hang", onlyIf: "hang" }, response('"fine"', accepted)],
        invoke: [
          failed(platformFailure("Sandbox.Timedout", "Task timed out after 2.50 seconds"), { body: '"hang"' }),
          answered('"fine"', { afterReports: 1 }),
        ],
        log: [
          ...invocationLines({ failure: "timeout" }, [], "{requestId1}"),
          ...invocationLines({}, [], "{requestId2}"),
        ],
      },
    ],
  },
  {
    behaviour: "Timeout below one second",
    fidelity: { kind: "approximate", how: "any number of milliseconds; Lambda has whole seconds", source: own },
    cases: [
      {
        name: "0.30 seconds",
        options: { timeoutMs: 300 },
        bootstrap: [next(), { do: "hang" }],
        invoke: [failed(platformFailure("Sandbox.Timedout", "Task timed out after 0.30 seconds"))],
      },
    ],
  },
  {
    behaviour: "Crash or exit in the init phase: INIT_REPORT, repeated once inside of the invocation",
    fidelity: { kind: "exact", source: guide("lambda-runtime-environment") },
    cases: [
      {
        name: "crashes both times",
        bootstrap: [
          { do: "write", body: "starting\n" },
          { do: "exit", code: 3 },
        ],
        invoke: [failed(platformFailure("Runtime.ExitError", "Runtime exited with error: exit status 3"))],
        log: [
          "starting",
          initReportLine("Runtime.ExitError"),
          "starting",
          initReportLine("Runtime.ExitError", "invoke"),
          ...invocationLines({ isFirst: false, failure: "Runtime.ExitError" }),
        ],
      },
    ],
  },
  {
    behaviour: "Init limit of 10 s: INIT_REPORT, repeated once inside of the invocation and its timeout",
    fidelity: { kind: "exact", source: guide("lambda-runtime-environment") },
    cases: [
      {
        name: "too slow both times",
        options: { timeoutMs: 500 },
        bootstrap: [{ do: "hang" }],
        invoke: [failed(platformFailure("Sandbox.Timedout", "Task timed out after 0.50 seconds"))],
        log: [
          initReportLine("timeout"),
          initReportLine("timeout", "invoke"),
          ...invocationLines({ isFirst: false, failure: "timeout" }),
        ],
      },
    ],
  },
  {
    behaviour: "Out of memory",
    fidelity: {
      kind: "approximate",
      how: "in a container: limit enforced, `Runtime.OutOfMemory` (`Runtime.ExitError` where the daemon misses the kernel's word, 1 of 70 under heavy load); as a process of this machine: told once, and not ended",
      source: recorded,
    },
    cases: [
      {
        name: "twice its memory",
        bootstrap: [next(), { do: "allocate", mebibytes: 256 }],
        invoke: [failed(platformFailure("Runtime.OutOfMemory", "Runtime exited with error: signal: killed"))],
        log: invocationLines({ failure: "Runtime.OutOfMemory" }),
        only: { launcher: "container", because: "the memory of processes is not limited" },
        chances: {
          count: 3,
          because: "a busy daemon never hears of it where the control group is gone before it looks",
        },
      },
      {
        name: "twice its memory",
        bootstrap: [next(), { do: "allocate", mebibytes: 256 }, response("1", accepted)],
        invoke: [answered("1")],
        only: { launcher: "host", because: "the memory of containers is limited" },
      },
    ],
  },
  {
    behaviour: "No bootstrap, or one that cannot be executed (`Runtime.InvalidEntrypoint`)",
    fidelity: {
      kind: "approximate",
      how: "the emulator does not start, and says why",
      source: guide("runtimes-custom"),
    },
    cases: [],
    untested: "an emulator that starts is what the cases need; see test/emulator/start-emulator.test.ts",
  },
  {
    behaviour: "Processes that a function leaves behind",
    fidelity: {
      kind: "approximate",
      how: "ended with its bootstrap, on Linux also outside of its process group (known by `AWS_LAMBDA_RUNTIME_API`)",
      source: own,
    },
    cases: [],
    untested: "whether they are gone shows outside of Lambda's interfaces; see test/emulator/start-emulator.test.ts",
  },
];
