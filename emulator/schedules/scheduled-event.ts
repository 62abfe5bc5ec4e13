/** What EventBridge sends to a function that a schedule invokes. */
import { randomUUID } from "node:crypto";

/** One time of one schedule. */
export interface ScheduledTime {
  readonly functionName: string;
  /** Of the function's schedules, from 1. */
  readonly number: number;
  readonly region: string;
  readonly accountId: string;
  /** Unix time in milliseconds. */
  readonly timeMs: number;
}

/**
 * The event as JSON. Source: Amazon EventBridge user guide, "AWS events" (`Scheduled Event`), of which `time` is in whole
 * seconds. There is no rule; its name is made of the function's.
 */
export function formatScheduledEvent({ functionName, number, region, accountId, timeMs }: ScheduledTime): string {
  return JSON.stringify({
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: accountId,
    time: formatSeconds(timeMs),
    region,
    resources: [`arn:aws:events:${region}:${accountId}:rule/${functionName}-schedule-${number}`],
    detail: {},
  });
}

/** A Unix time in milliseconds as ISO 8601 in whole seconds. */
export function formatSeconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}
