/** What a subscriber of the Telemetry API or the Logs API asks for, checked. */
import { RuntimeApiRefusal } from "../errors.ts";
import type { TelemetryKind } from "./telemetry-event.ts";

/** The two APIs: an extension uses one of them. */
export type TelemetryApiName = "Telemetry" | "Logs";

/** Source: AWS Lambda developer guide, "Telemetry API reference", "Logs API". */
export interface SubscriptionRequest {
  readonly api: TelemetryApiName;
  readonly kinds: readonly TelemetryKind[];
  /** From 2022-12-13 on, records of JSON logs are objects. */
  readonly hasObjectRecords: boolean;
  /** `platform.runtimeDone` came to the Logs API with 2021-03-18. */
  readonly hasRuntimeDone: boolean;
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly destination: Destination;
}

/** Where events go: into the environment itself. */
export type Destination =
  | { readonly protocol: "HTTP"; readonly port: number; readonly path: string; readonly method: "POST" | "PUT" }
  | { readonly protocol: "TCP"; readonly port: number };

/** The schema versions of the APIs that there are. */
export type TelemetryApis = Readonly<Partial<Record<TelemetryApiName, readonly [string, ...string[]]>>>;

export const allTelemetry: TelemetryApis = {
  Telemetry: ["2022-07-01", "2022-12-13", "2025-01-29"],
  Logs: ["2020-08-15", "2021-03-18"],
};
/** Source: aws-lambda-runtime-interface-emulator, which has no Logs API for them. */
export const managedInstancesTelemetry: TelemetryApis = { Telemetry: ["2025-01-29"] };

/** Least, most and usual value. */
const limits = {
  maxItems: [1000, 10_000, 10_000],
  maxBytes: [262_144, 1_048_576, 262_144],
  timeoutMs: [25, 30_000, 1000],
} as const;
/** Lambda's own. */
const runtimeApiPort = 9001;

/** @throws RuntimeApiRefusal 400 `ValidationError` saying what is wrong with the body */
export function readSubscription(
  api: TelemetryApiName,
  body: Buffer,
  apis: TelemetryApis = allTelemetry,
): SubscriptionRequest {
  const versions: readonly string[] = apis[api] ?? [];
  const { schemaVersion = versions[0], types, buffering, destination } = parse(body);
  if (!versions.includes(schemaVersion as string)) {
    throw refuse(`schemaVersion must be one of ${versions.join(", ")}`);
  }
  if (!Array.isArray(types) || types.length === 0 || !types.every(isKind)) {
    throw refuse("types must be a list of platform, function and extension");
  }
  return {
    api,
    kinds: types,
    hasObjectRecords: api === "Telemetry" && schemaVersion !== "2022-07-01",
    hasRuntimeDone: api === "Telemetry" || schemaVersion !== "2020-08-15",
    ...readBuffering(buffering ?? {}),
    destination: readDestination(destination),
  };
}

function parse(body: Buffer): Record<"schemaVersion" | "types" | "buffering" | "destination", unknown> {
  try {
    const given: unknown = JSON.parse(body.toString("utf8"));
    if (typeof given === "object" && given !== null) return given as ReturnType<typeof parse>;
  } catch {
    // Refused below.
  }
  throw refuse("the body must be a JSON object");
}

function isKind(value: unknown): value is TelemetryKind {
  return value === "platform" || value === "function" || value === "extension";
}

function readBuffering(given: unknown): Pick<SubscriptionRequest, "maxItems" | "maxBytes" | "timeoutMs"> {
  if (typeof given !== "object" || given === null) throw refuse("buffering must be an object");
  const read = (name: keyof typeof limits): number => {
    const [least, most, usual] = limits[name];
    const value = (given as Record<string, unknown>)[name] ?? usual;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    throw refuse(`buffering.${name} must be a whole number from ${least} to ${most}`);
  };
  return { maxItems: read("maxItems"), maxBytes: read("maxBytes"), timeoutMs: read("timeoutMs") };
}

function readDestination(given: unknown): Destination {
  const { protocol, URI, port, method = "POST" } = (given ?? {}) as Record<string, unknown>;
  if (protocol === "TCP" && isPort(port)) return { protocol, port };
  if (protocol !== "HTTP" || typeof URI !== "string" || !URL.canParse(URI)) {
    throw refuse("destination must have protocol HTTP and a URI, or protocol TCP and a port");
  }
  const { protocol: scheme, hostname, port: uriPort, pathname, search } = new URL(URI);
  const number = Number(uriPort === "" ? 80 : uriPort);
  if (scheme !== "http:" || !["sandbox.localdomain", "sandbox"].includes(hostname) || !isPort(number)) {
    throw refuse(
      `destination.URI must be http://sandbox.localdomain:PORT/PATH with a port other than ${runtimeApiPort}`,
    );
  }
  if (method !== "POST" && method !== "PUT") throw refuse("destination.method must be POST or PUT");
  return { protocol, port: number, path: `${pathname}${search}`, method };
}

function isPort(value: unknown): value is number {
  return (
    typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536 && value !== runtimeApiPort
  );
}

function refuse(message: string): RuntimeApiRefusal {
  return new RuntimeApiRefusal(400, "ValidationError", message);
}
