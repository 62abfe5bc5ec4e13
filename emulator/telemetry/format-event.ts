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

/** Whether the subscriber gets this event. */
export function isTold({ kind, type }: TelemetryEvent, { api, kinds, hasRuntimeDone }: SubscriptionRequest): boolean {
  if (!kinds.includes(kind)) return false;
  if (kind !== "platform") return true;
  if (api === "Telemetry") return !logsApiOnly.has(type);
  return (type in logsApiMembers || type === "platform.fault") && (type !== "platform.runtimeDone" || hasRuntimeDone);
}

/** @returns the JSON text of an event the subscriber gets */
export function formatEvent(event: TelemetryEvent, { api, hasObjectRecords }: SubscriptionRequest): string {
  if (event.kind !== "platform") return eventText(event, outputRecord(event.record, hasObjectRecords));
  return eventText(event, api === "Telemetry" ? event.record : logsApiRecord(event));
}

/**
 * `{"time","type","record"}`, also as a line of the JSON log has it.
 *
 * @param record JSON text
 */
export function eventText({ timeMs, type }: Pick<TelemetryEvent, "timeMs" | "type">, record: string): string {
  return `{"time":"${formatTime(timeMs)}","type":"${type}","record":${record}}`;
}

function outputRecord(line: string, hasObjectRecords: boolean): string {
  return JSON.stringify((hasObjectRecords ? parseObject(line) : undefined) ?? `${line}\n`);
}

function logsApiRecord({ type, record }: TelemetryEvent): string {
  const members = logsApiMembers[type];
  // The record of a fault is a text.
  if (members === undefined) return record;
  const given = JSON.parse(record) as Record<string, unknown>;
  // It knows three of them: success, failure and timeout.
  if (type === "platform.runtimeDone" && given["status"] === "error") given["status"] = "failure";
  return JSON.stringify(Object.fromEntries(members.map((name) => [name, given[name]])));
}

function parseObject(line: string): object | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as object;
  } catch {
    return undefined;
  }
}
