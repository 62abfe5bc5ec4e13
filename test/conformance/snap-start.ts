/** SnapStart. */
import type { Behaviour } from "./behaviour.ts";
import { guide, server } from "./sources.ts";
import {
  accepted,
  anEvent,
  answered,
  badTransition,
  error,
  failed,
  initError,
  next,
  platformFailure,
  request,
  response,
} from "./steps.ts";

const options = { snapStart: true };
const document = guide("snapstart-runtime-hooks-custom");
const body = '{"errorMessage":"no","errorType":"Runtime.AfterRestoreError"}';
const restoreNext = request("GET", "/runtime/restore/next", { status: 200, body: "" });

export const snapStart: readonly Behaviour[] = [
  {
    behaviour: "SnapStart: `restore/next` waits for the restore; `restore/error`; the type of the initialization",
    fidelity: {
      kind: "approximate",
      how: "each environment has a snapshot of its own, which is its process, not restored from a disk; no version has to be published",
      source: document,
    },
    cases: [
      {
        name: "an invocation restores",
        options,
        bootstrap: [
          {
            do: "inspect",
            expect: {
              AWS_LAMBDA_INITIALIZATION_TYPE: "snap-start",
              AWS_LAMBDA_LOG_GROUP_NAME: undefined,
              AWS_LAMBDA_LOG_STREAM_NAME: undefined,
            },
          },
          restoreNext,
          next(anEvent),
          response("1", accepted),
        ],
        invoke: [answered("1")],
        log: [
          "START RequestId: {requestId} Version: $LATEST",
          "END RequestId: {requestId}",
          "REPORT RequestId: {requestId}\tDuration: {decimal} ms\tBilled Duration: {digits} ms\tMemory Size: 128 MB{memory}\tRestore Duration: {decimal} ms\tBilled Restore Duration: {digits} ms\t",
        ],
      },
      {
        name: "a runtime that does not know of it",
        options,
        bootstrap: [next(anEvent), response("1", accepted)],
        invoke: [answered("1")],
      },
      {
        name: "an error behind the restore",
        options,
        bootstrap: [
          restoreNext,
          { do: "exchange", method: "POST", path: "/runtime/restore/error", body, expect: accepted },
          { do: "exit", code: 1 },
        ],
        invoke: [failed(body)],
      },
      {
        name: "the end of the process behind the restore",
        options,
        bootstrap: [restoreNext, { do: "exit", code: 1 }],
        invoke: [failed(platformFailure("Runtime.ExitError", "Runtime exited with error: exit status 1"))],
        log: [
          "RESTORE_REPORT Restore Duration: {decimal} ms\tStatus: error\tError Type: Runtime.ExitError",
          "START RequestId: {requestId} Version: $LATEST",
          "END RequestId: {requestId}",
          "REPORT RequestId: {requestId}\tDuration: {decimal} ms\tBilled Duration: {digits} ms\tMemory Size: 128 MB{memory}\tStatus: error\tError Type: Runtime.ExitError\t",
        ],
      },
      {
        name: "an error in front of the snapshot",
        options,
        bootstrap: [initError(body, accepted), { do: "exit", code: 1 }],
        invoke: [failed(body)],
      },
    ],
  },
  {
    behaviour: "SnapStart: what is refused in each state",
    fidelity: { kind: "exact", source: server },
    cases: [
      {
        name: "once, before `next`",
        options,
        bootstrap: [
          request("POST", "/runtime/restore/error", badTransition("Started", "RuntimeRestoreErrorState")),
          next(anEvent),
          request("GET", "/runtime/restore/next", badTransition("Running", "RestoreReady")),
          error("{}", accepted),
        ],
        invoke: [failed("{}")],
      },
    ],
  },
  {
    behaviour: "SnapStart: 10 s for the restore",
    fidelity: {
      kind: "exact",
      how: "a function error, as that of a timeout, and `RESTORE_REPORT`",
      source: document,
      unverified: true,
    },
    cases: [],
    untested: "test/emulator/snap-start.test.ts",
  },
];
