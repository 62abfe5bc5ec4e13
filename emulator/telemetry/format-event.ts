/** An event as a subscriber gets it. */
import type { SubscriptionRequest } from "./subscription-request.ts";
import { formatTime, type TelemetryEvent } from "./telemetry-event.ts";

/** The events of the Logs API, and the members their records have there. Source: developer guide, "Logs API". */
const logsApiMembers: Readonly<Record<string, readonly string[]>> = {
  "platform.start": ["requestId", "version"],
  "platform.end": ["requestId"],
  "platform.report": ["requestId", "metrics"],
  "platform.runtimeDone": ["requestId", "status"],
  "platform.extension": ["name", "state", "events", "errorType"],
  "platform.logsSubscription": ["name", "state", "types"],
  "platform.logsDropped": ["droppedBytes", "droppedRecords", "reason"],
};
/** What only the Logs API has. */
const logsApiOnly = new Set(["platform.end", "platform.fault", "platform.logsSubscription"]);

/** @returns the JSON text; undefined for an event this subscriber does not get */
export function formatEvent(event: TelemetryEvent, request: SubscriptionRequest): string | undefined {
  const { kind, type } = event;
  if (!request.kinds.includes(kind)) return undefined;
  const record =
    request.api === "Logs" ? logsApiRecord(event, request) : telemetryRecord(event, request.hasObjectRecords);
  return record === undefined ? undefined : JSON.stringify({ time: formatTime(event.timeMs), type, record });
}

function telemetryRecord({ type, record }: TelemetryEvent, hasObjectRecords: boolean): string | object | undefined {
  if (logsApiOnly.has(type)) return undefined;
  if (typeof record === "object") return record;
  return (hasObjectRecords ? parseObject(record) : undefined) ?? `${record}\n`;
}

function logsApiRecord(
  { kind, type, record }: TelemetryEvent,
  { hasRuntimeDone }: SubscriptionRequest,
): string | object | undefined {
  if (typeof record === "string") return kind === "platform" ? record : `${record}\n`;
  const members = logsApiMembers[type];
  if (members === undefined || (type === "platform.runtimeDone" && !hasRuntimeDone)) return undefined;
  const entries = members.map((name) => [name, (record as Record<string, unknown>)[name]]);
  const told = Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Record<string, unknown>;
  // It knows three of them: success, failure and timeout.
  return type === "platform.runtimeDone" && told["status"] === "error" ? { ...told, status: "failure" } : told;
}

function parseObject(line: string): object | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as object;
  } catch {
    return undefined;
  }
}
