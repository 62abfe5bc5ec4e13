/** The Telemetry API and the Logs API. */
import type { Behaviour } from "./behaviour.ts";
import { guide } from "./sources.ts";
import { answered, next, request } from "./steps.ts";

const reference = guide("telemetry-api-reference");
const schema = guide("telemetry-schema-reference");

export const telemetry: readonly Behaviour[] = [
  {
    behaviour: "Telemetry API: subscription by HTTP or TCP, schema versions, buffering, late subscribers refused",
    fidelity: {
      kind: "approximate",
      how: "the texts of a `ValidationError` are the emulator's; for processes `sandbox.localdomain` is this machine; refused in containers of a virtual machine (Docker Desktop)",
      source: reference,
    },
    cases: [
      {
        name: "without an extension",
        bootstrap: [
          request("PUT", "/2022-07-01/telemetry", {
            status: 403,
            body: '{"errorMessage":"Missing Lambda-Extension-Identifier header","errorType":"Extension.MissingExtensionIdentifier"}\n',
          }),
          request("PUT", "/2020-08-15/logs", { status: 403 }),
        ],
        invoke: [answered("{}")],
      },
      {
        name: "after init",
        bootstrap: [
          {
            do: "exchange",
            method: "POST",
            path: "/2020-01-01/extension/register",
            headers: { "Lambda-Extension-Name": "internal" },
            body: "{}",
          },
          {
            do: "send",
            method: "GET",
            path: "/2020-01-01/extension/event/next",
            headers: { "Lambda-Extension-Identifier": "{extensionId}" },
            connection: "extension",
          },
          next(),
          {
            do: "exchange",
            method: "PUT",
            path: "/2022-07-01/telemetry",
            headers: { "Lambda-Extension-Identifier": "{extensionId}" },
            body: "{}",
            expect: {
              status: 403,
              body: '{"errorMessage":"Telemetry API subscription is closed already","errorType":"Telemetry.SubscriptionClosed"}\n',
            },
          },
        ],
        invoke: [answered("{}")],
      },
    ],
  },
  {
    behaviour:
      "Telemetry API: `platform.*` events with the documented members and order, lines of function and extensions",
    fidelity: { kind: "approximate", how: "without runtime version", source: schema },
    cases: [],
    untested: "test/emulator/telemetry.test.ts",
  },
  {
    behaviour: "Telemetry API: sent again until taken; `platform.logsDropped` for a listener that is too slow",
    fidelity: {
      kind: "approximate",
      how: "two batches wait at most; the pauses between attempts are the emulator's",
      source: reference,
      unverified: true,
    },
    cases: [],
    untested: "test/emulator/telemetry-subscriber.test.ts",
  },
  {
    behaviour: "Logs API: its own events and members",
    fidelity: {
      kind: "approximate",
      how: "`platform.fault` only where the process has ended",
      source: guide("runtimes-logs-api"),
    },
    cases: [],
    untested: "test/emulator/telemetry.test.ts",
  },
];
