/** All subscribers of one environment, and what happened before they were there. */
import type { Clock } from "../clock.ts";
import { RuntimeApiRefusal } from "../errors.ts";
import { createDelivery, type ListenerHost } from "./delivery.ts";
import { Subscriber } from "./subscriber.ts";
import { readSubscription, type TelemetryApiName, type TelemetryApis } from "./subscription-request.ts";
import type { TelemetryEvent } from "./telemetry-event.ts";

/** One per start of an environment. */
export class TelemetryHub {
  readonly #clock: Clock;
  readonly #apis: TelemetryApis;
  /** For those who subscribe during init: they get all of it. */
  #history: TelemetryEvent[] | undefined = [];
  readonly #subscribers = new Map<string, { readonly api: TelemetryApiName; readonly subscriber: Subscriber }>();

  constructor(clock: Clock, apis: TelemetryApis) {
    this.#clock = clock;
    this.#apis = apis;
  }

  /** Whether anybody gets events, or may still ask for them. */
  get isWanted(): boolean {
    return this.#history !== undefined || this.#subscribers.size > 0;
  }

  publish(event: TelemetryEvent): void {
    this.#history?.push(event);
    for (const { subscriber } of this.#subscribers.values()) subscriber.push(event);
  }

  /**
   * Adds a subscriber; a second request of the same extension replaces the first one.
   *
   * @param host where its listener is
   * @returns the kinds of events it gets
   * @throws RuntimeApiRefusal 400 for a bad request, 403 after init and for an extension that uses the other API
   */
  subscribe(api: TelemetryApiName, extensionName: string, body: Buffer, host: ListenerHost): readonly string[] {
    if (this.#history === undefined) {
      throw new RuntimeApiRefusal(403, `${api}.SubscriptionClosed`, `${api} API subscription is closed already`);
    }
    const request = readSubscription(api, body, this.#apis);
    const previous = this.#subscribers.get(extensionName);
    if (previous !== undefined && previous.api !== api) {
      throw new RuntimeApiRefusal(400, "ValidationError", `the extension already uses the ${previous.api} API`);
    }
    previous?.subscriber.close();
    const delivery = createDelivery(request.destination, host);
    const subscriber = new Subscriber({ request, delivery, clock: this.#clock });
    this.#subscribers.set(extensionName, { api, subscriber });
    for (const event of this.#history) subscriber.push(event);
    return request.kinds;
  }

  /** Init is over. */
  closeSubscription(): void {
    this.#history = undefined;
  }

  /** Sends what there is; does not wait for listeners that do not take it. */
  flush(): void {
    for (const { subscriber } of this.#subscribers.values()) void subscriber.flush();
  }

  /** Forgets all of them. */
  close(): void {
    this.#history = undefined;
    for (const { subscriber } of this.#subscribers.values()) subscriber.close();
    this.#subscribers.clear();
  }
}
