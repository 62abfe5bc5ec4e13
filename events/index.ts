/**
 * Sample events of AWS services, by name.
 *
 * @module
 */
import { cognitoEvents } from "./cognito-events.ts";
import { httpEvents } from "./http-events.ts";
import { serviceEvents } from "./service-events.ts";
import { storageEvents } from "./storage-events.ts";
import { streamEvents } from "./stream-events.ts";

const all: Readonly<Record<string, unknown>> = {
  ...cognitoEvents,
  ...httpEvents,
  ...serviceEvents,
  ...storageEvents,
  ...streamEvents,
};

/** All names, sorted. */
export const sampleEventNames: readonly string[] = Object.keys(all).toSorted((a, b) => a.localeCompare(b, "en"));

/** The event of that name; undefined when there is none. */
export function sampleEvent(name: string): unknown {
  return Object.hasOwn(all, name) ? all[name] : undefined;
}
