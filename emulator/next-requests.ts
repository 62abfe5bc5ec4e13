/** The requests with which a runtime waits for its next event; usually one. */
import type { DeliveredEvent } from "./invocation.ts";

/** A request that waits. */
export interface NextRequest {
  readonly onEvent: (event: DeliveredEvent) => void;
  /** Asked to call back when the connection is gone, where the event would have been another's. */
  readonly onLost: (callback: () => void) => void;
}

/** Serves the first one first. One that has hung up, without that being known yet, takes no event with it. */
export class NextRequests {
  #waiting: NextRequest[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Returns how to stop waiting. */
  add(request: NextRequest): () => void {
    this.#waiting.push(request);
    return () => {
      this.#waiting = this.#waiting.filter((each) => each !== request);
    };
  }

  /** Another bootstrap will ask. */
  clear(): void {
    this.#waiting = [];
  }

  /**
   * Gives the event to one; to another one when it turns out that the first had hung up.
   *
   * @param isWorkedOn whether the event still waits for an answer
   */
  serve(event: DeliveredEvent, isWorkedOn: () => boolean): void {
    const request = this.#waiting.shift();
    request?.onEvent(event);
    if (this.isEmpty) return;
    request?.onLost(() => {
      if (isWorkedOn()) this.serve(event, isWorkedOn);
    });
  }
}
