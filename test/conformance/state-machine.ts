/** What the Runtime API allows when, besides what stands with the single routes. */
import type { Behaviour } from "./behaviour.ts";
import { server } from "./sources.ts";
import {
  accepted,
  anEvent,
  answered,
  badRequestId,
  badTransition,
  initError,
  next,
  request,
  response,
} from "./steps.ts";

export const stateMachine: readonly Behaviour[] = [
  {
    behaviour: "Runtime API: an answer before the first `next` 400, `init/error` after it 403",
    fidelity: { kind: "exact", source: server },
    cases: [
      {
        name: "an answer before the first `next`",
        bootstrap: [
          request("POST", "/runtime/invocation/any/response", badRequestId),
          request("POST", "/runtime/invocation/any/error", badRequestId),
        ],
        invoke: [answered("{}")],
      },
      {
        name: "`init/error` in every later state",
        bootstrap: [
          next(anEvent, { connection: "waiting" }),
          initError("{}", badTransition("Running", "InitError")),
          response("1", accepted),
          initError("{}", badTransition("RuntimeResponseSentState", "InitError")),
          { do: "send", method: "GET", path: "/runtime/invocation/next", connection: "waiting" },
          // Once this is answered, what was sent before has been read.
          request("GET", "/ping", { status: 200 }),
          initError("{}", badTransition("Ready", "InitError")),
          { do: "write", body: "tried\n" },
          { do: "receive", connection: "waiting", expect: anEvent },
          response("2", accepted),
        ],
        invoke: [answered("1"), answered("2", { after: "tried" })],
      },
    ],
  },
];
