/** Events of the Telemetry API, and the order of their kinds. Source: AWS Lambda developer guide, "Event schema reference". */

/** What a subscriber can ask for. */
export type TelemetryKind = "platform" | "function" | "extension";

/** `{"time","type","record"}` before it is written. */
export interface TelemetryEvent {
  readonly timeMs: number;
  readonly kind: TelemetryKind;
  /** `platform.start`, `function`, `extension`. */
  readonly type: string;
  /** A line of output, or the members of a platform event. */
  readonly record: string | object;
}

const lastTime = { ms: Number.NaN, text: "" };

/** ISO 8601 with milliseconds. Most events of an invocation come in the same one. */
export function formatTime(timeMs: number): string {
  const ms = Math.floor(timeMs);
  if (ms !== lastTime.ms) {
    lastTime.text = new Date(ms).toISOString();
    lastTime.ms = ms;
  }
  return lastTime.text;
}
