/** Events of the Telemetry API, and the order of their kinds. Source: AWS Lambda developer guide, "Event schema reference". */

/** What a subscriber can ask for. */
export type TelemetryKind = "platform" | "function" | "extension";

/** `{"time","type","record"}` before it is written. */
export interface TelemetryEvent {
  readonly timeMs: number;
  readonly kind: TelemetryKind;
  /** `platform.start`, `function`, `extension`. */
  readonly type: string;
  /** A line of output; of a platform event the JSON text. */
  readonly record: string;
}

const last = { ms: Number.NaN, text: "", second: Number.NaN, upToSecond: "" };

/** ISO 8601 with milliseconds. Most times come in the same one as the one before, nearly all in the same second. */
export function formatTime(timeMs: number): string {
  const ms = Math.floor(timeMs);
  if (ms === last.ms) return last.text;
  const second = Math.floor(ms / 1000);
  if (second !== last.second) {
    last.upToSecond = new Date(second * 1000).toISOString().slice(0, -"000Z".length);
    last.second = second;
  }
  last.text = `${last.upToSecond}${String(ms - second * 1000).padStart(3, "0")}Z`;
  last.ms = ms;
  return last.text;
}
