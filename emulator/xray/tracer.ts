/**
 * The traces of an emulator's invocations: who is sampled, what the runtime is told, and the segments that are sent when
 * it is over. Source: AWS Lambda developer guide, "Visualize Lambda function invocations using AWS X-Ray"; AWS X-Ray
 * developer guide, "Tracing header".
 */
import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { FunctionConfiguration } from "../function-configuration.ts";
import type { InvocationInProgress } from "../invocation.ts";
import { createTraceRoot } from "../trace-id.ts";
import type { SegmentSender } from "./segment-sender.ts";
import { functionDocument, serviceDocument, type Attempt, type Interval } from "./segments.ts";

export interface TracerOptions {
  readonly clock: Clock;
  readonly sender: SegmentSender;
}

/** What a request to the service is traced with. */
export interface TraceRequest {
  readonly configuration: Pick<FunctionConfiguration, "name" | "arn" | "maxConcurrency">;
  readonly requestId: string;
  /** Of the caller. */
  readonly header: string | undefined;
  readonly isEvent: boolean;
}

/** Decides for all invocations of one emulator. */
export class Tracer {
  readonly #options: TracerOptions;

  constructor(options: TracerOptions) {
    this.#options = options;
  }

  /** @returns undefined when the caller has decided against it; who has not decided is sampled */
  begin(request: TraceRequest): RequestTrace | undefined {
    const fields = readFields(request.header ?? "");
    if (fields.get("Sampled") === "0") return undefined;
    const nowMs = this.#options.clock.now();
    const root = fields.get("Root") ?? createTraceRoot(nowMs);
    return new RequestTrace(request, { ...this.#options, root, parentId: fields.get("Parent"), startMs: nowMs });
  }
}

interface RequestTraceOptions extends TracerOptions {
  readonly root: string;
  readonly parentId: string | undefined;
  readonly startMs: number;
}

/** Of one request, with one attempt or, for an event, several. */
export class RequestTrace {
  readonly #request: TraceRequest;
  readonly #options: RequestTraceOptions;
  readonly #id = newId();
  readonly #dwellId = newId();
  /** When the service had answered. */
  readonly #acceptedMs: number;
  readonly #attempts: Attempt[] = [];

  constructor(request: TraceRequest, options: RequestTraceOptions) {
    this.#request = request;
    this.#options = options;
    this.#acceptedMs = options.clock.now();
  }

  beginAttempt(): AttemptTrace {
    return new AttemptTrace(this, this.#options.root, this.#options.clock.now());
  }

  /** It is over: both segments are sent. That of an event is sent again with each attempt. */
  end(attempt: AttemptTrace, current: InvocationInProgress): void {
    const { clock, sender, root, parentId, startMs } = this.#options;
    const { configuration, requestId, isEvent } = this.#request;
    const { name: functionName, arn: functionArn } = configuration;
    const nowMs = clock.now();
    const traced = { root, functionName, functionArn };
    const attemptId = newId();
    if (isEvent) this.#attempts.push({ id: attemptId, startMs: attempt.startMs, endMs: nowMs });
    const service = {
      ...traced,
      id: this.#id,
      dwellId: this.#dwellId,
      parentId,
      requestId,
      startMs,
      endMs: isEvent ? this.#acceptedMs : nowMs,
      status: isEvent ? (202 as const) : (200 as const),
      attempts: this.#attempts,
    };
    sender.send(serviceDocument(service));
    const times = toTimes(attempt, current, clock);
    const functionSegment = {
      ...traced,
      ...times,
      // Beside others nobody knows what an environment did for whom.
      ...(configuration.maxConcurrency === undefined ? {} : { initialization: undefined, overhead: undefined }),
      id: attempt.segmentId,
      parentId: isEvent ? attemptId : this.#id,
      invocation: { ...times.invocation, id: attempt.invocationId },
      isFault: current.isFunctionError,
      cause: current.xrayCause,
    };
    sender.send(functionDocument(functionSegment, newId));
  }
}

/** One try. */
export class AttemptTrace {
  readonly #request: RequestTrace;
  readonly startMs: number;
  /** Of `AWS::Lambda::Function`. */
  readonly segmentId: string = newId();
  /** Of the subsegment that what the function sends belongs to. */
  readonly invocationId: string = newId();
  /** For the runtime. */
  readonly header: string;

  constructor(request: RequestTrace, root: string, startMs: number) {
    this.#request = request;
    this.startMs = startMs;
    this.header = `Root=${root};Parent=${this.invocationId};Sampled=1`;
  }

  /** The invocation is reported. */
  end(current: InvocationInProgress): void {
    this.#request.end(this, current);
  }
}

interface Times extends Interval {
  readonly initialization: Interval | undefined;
  readonly invocation: Interval;
  readonly overhead: Interval | undefined;
}

/** The function's part ends with its answer; what comes behind it, log and extensions included, is overhead. */
function toTimes(
  attempt: AttemptTrace,
  { begun, answerTimes, initialization }: InvocationInProgress,
  clock: Clock,
): Times {
  const unixMinusMonotonicMs = clock.now() - clock.monotonicMs();
  const toUnix = ({ startMs, endMs }: Interval): Interval => ({
    startMs: startMs + unixMinusMonotonicMs,
    endMs: endMs + unixMinusMonotonicMs,
  });
  const endMs = clock.now();
  const startMs = begun === undefined ? attempt.startMs : begun.startedMs + unixMinusMonotonicMs;
  const answeredMs = answerTimes === undefined ? endMs : answerTimes.endedMs + unixMinusMonotonicMs;
  return {
    startMs,
    endMs,
    initialization: initialization === undefined ? undefined : toUnix(initialization),
    invocation: { startMs, endMs: answeredMs },
    overhead: answerTimes === undefined ? undefined : { startMs: answeredMs, endMs },
  };
}

/** `Root=…;Parent=…;Sampled=…`, in any order. */
function readFields(header: string): ReadonlyMap<string, string> {
  return new Map(
    header.split(";").flatMap((field): [string, string][] => {
      const [, name = "", value = ""] = /^\s*(\w+)=(\S+)\s*$/.exec(field) ?? [];
      return isField(name, value) ? [[name, value]] : [];
    }),
  );
}

function isField(name: string, value: string): boolean {
  if (name === "Root") return /^1-[0-9a-f]{8}-[0-9a-f]{24}$/.test(value);
  return name === "Parent" ? /^[0-9a-f]{16}$/.test(value) : name === "Sampled";
}

const newId = (): string => randomBytes(8).toString("hex");
