/** Tenant isolation. */
import type { Behaviour } from "./behaviour.ts";
import { guide } from "./sources.ts";
import { anEvent, answered, next, refused, response } from "./steps.ts";

const isolation = guide("tenant-isolation");
const of = (tenantId: string): { readonly headers: Readonly<Record<string, string>> } => ({
  headers: { "X-Amz-Tenant-Id": tenantId },
});
const badParameter = (message: string, more: object = {}): ReturnType<typeof refused> =>
  refused(400, "InvalidParameterValueException", { Type: "User", message }, more);

export const tenants: readonly Behaviour[] = [
  {
    behaviour: "Tenant isolation: `Lambda-Runtime-Aws-Tenant-Id`, environments of their own, reused by the same tenant",
    fidelity: { kind: "exact", source: isolation },
    cases: [
      {
        name: "the header",
        options: { tenantIsolation: true },
        bootstrap: [next({ status: 200, headers: { "lambda-runtime-aws-tenant-id": "blue team" } }), response("1")],
        invoke: [answered("1", of("blue team"))],
      },
      {
        name: "two tenants",
        options: { tenantIsolation: true },
        bootstrap: [next(anEvent), response('"first of its environment"')],
        invoke: [
          answered('"first of its environment"', of("blue")),
          answered('"first of its environment"', of("green")),
          answered("{}", of("blue")),
          answered("{}", of("green")),
        ],
      },
      {
        name: "an idle environment makes room for another tenant",
        options: { tenantIsolation: true, concurrency: 1 },
        bootstrap: [next(anEvent), response('"first of its environment"')],
        invoke: [
          answered('"first of its environment"', of("blue")),
          answered('"first of its environment"', of("green")),
          answered('"first of its environment"', of("blue")),
        ],
      },
    ],
  },
  {
    behaviour: "Tenant isolation: 400 for a missing, a superfluous and an impossible tenant id",
    fidelity: {
      kind: "exact",
      how: "the text about the impossible one is the emulator's",
      source: isolation,
      unverified: true,
    },
    cases: [
      {
        name: "missing and impossible",
        options: { tenantIsolation: true },
        invoke: [
          badParameter(
            "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.",
          ),
          badParameter(
            "The tenant ID must have 1 to 256 letters, digits, spaces and characters of . _ : / = + - @",
            of("a,b"),
          ),
        ],
      },
      {
        name: "superfluous",
        invoke: [
          badParameter(
            "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.",
            of("blue"),
          ),
        ],
      },
    ],
  },
];
