/** An event of the platform. */
import type { TelemetryEvent } from "./telemetry-event.ts";

/** Its record is written when somebody reads it, and once for all who do. */
export class PlatformEvent implements TelemetryEvent {
  readonly timeMs: number;
  readonly kind = "platform";
  readonly type: `platform.${string}`;
  readonly #write: () => string;
  #record: string | undefined;

  /** @param write makes the JSON text; holds no more of an invocation than it needs */
  constructor(timeMs: number, type: `platform.${string}`, write: () => string) {
    this.timeMs = timeMs;
    this.type = type;
    this.#write = write;
  }

  get record(): string {
    return (this.#record ??= this.#write());
  }
}
