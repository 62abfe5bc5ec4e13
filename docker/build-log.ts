/** The log of an image build: its last lines, and the step it is at. */
import { stripVTControlCharacters } from "node:util";
import type { ImageEvent } from "./image-event.ts";
import { LogTail } from "../process/index.ts";

/** Follows the text of a build log, and reports steps and lines as events. */
export class BuildLog {
  /** The step the build is at, such as `step 3/5: RUN yum install -y gcc`; undefined before the first. */
  step: string | undefined;
  readonly #tail: LogTail;
  readonly #onEvent: ((event: ImageEvent) => void) | undefined;

  constructor(onEvent: ((event: ImageEvent) => void) | undefined) {
    this.#onEvent = onEvent;
    this.#tail = new LogTail((line) => this.#read(line));
  }

  /** Takes the next piece of the log. */
  write(text: string): void {
    // The classic builder colours stderr.
    this.#tail.write(stripVTControlCharacters(text));
  }

  /** Ends the log; returns its last 40 lines. */
  end(): readonly string[] {
    return this.#tail.end();
  }

  #read(line: string): void {
    // Docker's `Step 3/5 : RUN …`, podman's `STEP 3/5: RUN …`. The API has no field for it; a builder that words it
    // otherwise costs the name of the step, nothing else.
    const [, step, steps, instruction] = /^step (\d+)\/(\d+) ?: (.*)$/i.exec(line) ?? [];
    if (step !== undefined && steps !== undefined && instruction !== undefined) {
      this.step = `step ${step}/${steps}: ${instruction}`;
      this.#onEvent?.({ type: "build-step", step: Number(step), steps: Number(steps), instruction });
    } else {
      this.#onEvent?.({ type: "build-log", line });
    }
  }
}
