/** `POST /runtime/init/error`. */
import type { Behaviour, ConformanceCase } from "./behaviour.ts";
import { initReportLine, invocationLines } from "./log-lines.ts";
import { recorded, server } from "./sources.ts";
import { accepted, badTransition, failed, initError, next } from "./steps.ts";

const body = '{"errorMessage":"no table","errorType":"InitError","stackTrace":[]}';

/** With the type that the runtime names, and the one that REPORT has. */
function typed(header: string | undefined, reported: string): ConformanceCase {
  const headers = header === undefined ? {} : { "Lambda-Runtime-Function-Error-Type": header };
  return {
    name: header ?? "none",
    bootstrap: [initError(body, accepted, { headers }), { do: "exit", code: 1 }],
    invoke: [failed(body)],
    log: [
      initReportLine(reported),
      initReportLine(reported, "invoke"),
      ...invocationLines({ isFirst: false, failure: reported }),
    ],
  };
}

export const initErrors: readonly Behaviour[] = [
  {
    behaviour: "Runtime API, `init/error`: repeated once inside of the invocation, whose answer is then the body",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "twice",
        bootstrap: [initError(body, accepted), { do: "exit", code: 1 }],
        invoke: [failed(body), failed(body)],
      },
      {
        name: "also when the runtime stays",
        bootstrap: [initError("no JSON", accepted), { do: "hang" }],
        invoke: [failed("no JSON")],
      },
    ],
  },
  {
    behaviour: "Runtime API, `init/error`: the error type in INIT_REPORT and REPORT",
    fidelity: { kind: "exact", source: server },
    cases: [
      typed("Function.NoTable", "Function.NoTable"),
      typed("Runtime.NoTable", "Runtime.NoTable"),
      typed("Function.noTable", "Function.Unknown"),
      typed("unhandled", "Runtime.Unknown"),
      typed(undefined, "Runtime.Unknown"),
    ],
  },
  {
    behaviour: "Runtime API, `init/error`: nothing is allowed after it",
    fidelity: { kind: "exact", source: server },
    cases: [
      {
        name: "neither `next` nor a second one",
        bootstrap: [
          initError(body, accepted),
          next(badTransition("InitError", "Ready")),
          initError(body, badTransition("InitError", "InitError")),
          { do: "exit", code: 1 },
        ],
        invoke: [failed(body)],
      },
    ],
  },
];
