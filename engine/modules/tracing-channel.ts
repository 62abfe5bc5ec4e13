/** `diagnostics_channel.tracingChannel`: five channels that tell of calls. */
import { Channel, channel } from "./channel.ts";

const events = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;
type Handlers = Readonly<Partial<Record<(typeof events)[number], Parameters<Channel["subscribe"]>[0]>>>;
type Context = Record<string, unknown>;
type Traced = (...args: unknown[]) => unknown;

class TracingChannel {
  readonly start: Channel;
  readonly end: Channel;
  readonly asyncStart: Channel;
  readonly asyncEnd: Channel;
  readonly error: Channel;

  constructor(given: string | Readonly<Record<(typeof events)[number], Channel>>) {
    const of = (event: (typeof events)[number]): Channel =>
      typeof given === "string" ? channel(`tracing:${given}:${event}`) : given[event];
    [this.start, this.end, this.error] = [of("start"), of("end"), of("error")];
    [this.asyncStart, this.asyncEnd] = [of("asyncStart"), of("asyncEnd")];
  }

  get hasSubscribers(): boolean {
    return events.some((event) => this[event].hasSubscribers);
  }

  subscribe(handlers: Handlers): void {
    for (const event of events) if (handlers[event] !== undefined) this[event].subscribe(handlers[event]);
  }

  /** @returns whether all of them had been there */
  unsubscribe(handlers: Handlers): boolean {
    const given = events.filter((event) => handlers[event] !== undefined);
    return given.map((event) => this[event].unsubscribe(handlers[event] as () => void)).every(Boolean);
  }

  traceSync(traced: Traced, context: Context = {}, receiver?: unknown, ...args: unknown[]): unknown {
    if (!this.hasSubscribers) return traced.apply(receiver, args);
    return this.#call(context, () => (context["result"] = traced.apply(receiver, args)));
  }

  tracePromise(traced: Traced, context: Context = {}, receiver?: unknown, ...args: unknown[]): unknown {
    if (!this.hasSubscribers) return traced.apply(receiver, args);
    const settle = (): void => {
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
    };
    return this.#call(context, () =>
      Promise.resolve(traced.apply(receiver, args)).then(
        (result) => {
          context["result"] = result;
          settle();
          return result;
        },
        (error: unknown) => {
          this.#fail(context, error);
          settle();
          throw error;
        },
      ),
    );
  }

  /** @param position of the callback among the arguments; negative ones count from the end */
  traceCallback(
    traced: Traced,
    position: number = -1,
    context: Context = {},
    receiver?: unknown,
    ...args: unknown[]
  ): unknown {
    if (!this.hasSubscribers) return traced.apply(receiver, args);
    const callback = args.at(position);
    if (typeof callback !== "function") {
      const error = new TypeError('The "callback" argument must be of type function.');
      throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
    }
    const { asyncStart, asyncEnd } = this;
    const fail = (error: unknown): void => this.#fail(context, error);
    args.splice(position, 1, function told(this: unknown, ...results: unknown[]): unknown {
      if (results[0]) fail(results[0]);
      else context["result"] = results[1];
      asyncStart.publish(context);
      try {
        return callback.apply(this, results);
      } finally {
        asyncEnd.publish(context);
      }
    });
    return this.#call(context, () => traced.apply(receiver, args));
  }

  #call<Result>(context: Context, run: () => Result): Result {
    this.start.publish(context);
    try {
      return run();
    } catch (error) {
      this.#fail(context, error);
      throw error;
    } finally {
      this.end.publish(context);
    }
  }

  #fail(context: Context, error: unknown): void {
    context["error"] = error;
    this.error.publish(context);
  }
}

/** @param given a name, or the five channels */
export function tracingChannel(given: ConstructorParameters<typeof TracingChannel>[0]): TracingChannel {
  return new TracingChannel(given);
}
