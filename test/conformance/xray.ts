/** AWS X-Ray. */
import type { Behaviour, BootstrapStep } from "./behaviour.ts";
import { guide } from "./sources.ts";
import { accepted, answered, next, response } from "./steps.ts";

const document = guide("services-xray");
const root = "1-5759e988-bd862e3fe1be46a994272793";

/** An event with this header. */
const nextWith = (header: string | RegExp): BootstrapStep =>
  next({ status: 200, headers: { "lambda-runtime-trace-id": header } });

export const xray: readonly Behaviour[] = [
  {
    behaviour:
      "X-Ray: the trace of an invocation is a header of its event, no variable of the process; the caller's decides",
    fidelity: { kind: "exact", source: guide("runtimes-api") },
    cases: [
      {
        name: "new ones, sampled ones and others",
        bootstrap: [
          { do: "inspect", expect: { _X_AMZN_TRACE_ID: undefined, AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR" } },
          nextWith(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/),
          response("1", accepted),
          nextWith(`Root=${root};Parent=53995c3f42cd8ad8;Sampled=1`),
          response("2", accepted),
          nextWith(`Root=${root};Parent=53995c3f42cd8ad8;Sampled=0`),
          { do: "inspect", expect: { _X_AMZN_TRACE_ID: undefined } },
          response("3", accepted),
        ],
        invoke: [
          answered("1"),
          answered("2", { headers: { "X-Amzn-Trace-Id": `Root=${root};Parent=53995c3f42cd8ad8;Sampled=1` } }),
          answered("3", { headers: { "X-Amzn-Trace-Id": `Root=${root};Parent=53995c3f42cd8ad8;Sampled=0` } }),
        ],
      },
    ],
  },
  {
    behaviour:
      "X-Ray, active tracing: segments `AWS::Lambda` and `AWS::Lambda::Function` with Initialization, Invocation, Overhead; attempts of events; `AWS_XRAY_DAEMON_ADDRESS`; `XRAY` behind REPORT",
    fidelity: {
      kind: "approximate",
      how: "with `xray`, an address to which they are sent by UDP; who has not decided is always sampled; no sampling rules, no links between traces",
      source: document,
      unverified: true,
    },
    cases: [],
    untested: "test/emulator/xray.test.ts",
  },
];
