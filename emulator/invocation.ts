/** One event on its way through an execution environment, and what its caller waits for. */
import type { Clock } from "./clock.ts";
import { EmulatorError } from "./errors.ts";
import type { FunctionConfiguration } from "./function-configuration.ts";
import { inspectedTimeoutMs } from "./limits.ts";
import { encodeLogTail } from "./log-format.ts";
import type { AttemptTrace } from "./xray/tracer.ts";
import type { StreamedResponse } from "./streaming/streamed-response.ts";

/** What the service hands to an environment. */
export interface Invocation {
  readonly requestId: string;
  /** Of this attempt: retries keep the request id. */
  readonly invocationId: string;
  readonly payload: Buffer;
  /** Qualified only when the caller gave a qualifier. */
  readonly invokedFunctionArn: string;
  /** `Root=…;Parent=…;Sampled=…` */
  readonly traceId: string;
  /** Decoded JSON text. */
  readonly clientContext: string | undefined;
  readonly tenantId: string | undefined;
  /** The caller wants the end of the log. */
  readonly keepsLog: boolean;
  /** The caller takes the answer while it is made: pieces are passed on whatever mode the runtime names. */
  readonly isStreamingInvoke: boolean;
  /** Undefined when it is not traced. */
  readonly trace?: AttemptTrace | undefined;
  /** Most that a streamed response may have: less where the caller gets it in one piece. */
  readonly maxStreamedBytes: number;
}

/** What `GET …/next` answers. */
export interface DeliveredEvent {
  readonly invocation: Invocation;
  /** Unix time in milliseconds. */
  readonly deadlineMs: number;
}

/** What the caller gets. */
export interface Answer {
  /** Empty where it comes in pieces. */
  readonly payload: Buffer;
  /** Where the runtime streams. */
  readonly stream?: StreamedResponse;
  /** Sets `X-Amz-Function-Error: Unhandled`. */
  readonly isFunctionError: boolean;
}

/** The clock of its timeout. */
export interface BegunInvocation {
  /** On the monotonic clock. */
  readonly startedMs: number;
  /** Unix time in milliseconds. */
  readonly deadlineMs: number;
  readonly stopTimer: () => void;
}

/** The invocation while an environment is responsible for it. */
export class InvocationInProgress {
  readonly invocation: Invocation;
  /** The answer, as soon as there is one. Rejects when the emulator is closed first. */
  readonly answered: Promise<Answer>;
  /** `X-Amz-Log-Result`, if it was asked for, once the runtime has asked for the next event or is gone. */
  readonly logTail: Promise<string>;
  /** Set when the clock of the function's timeout has started. */
  begun: BegunInvocation | undefined;
  /** Its START has been logged. */
  isStarted = false;
  /** What the runtime reported, if it did. */
  reportedErrorType: string | undefined;
  /** The same for AWS X-Ray. */
  xrayCause: object | undefined;
  /** Of the first one of an environment, on the monotonic clock. */
  initialization: { readonly startMs: number; readonly endMs: number } | undefined;
  /** When the answer began and when it was complete, on the monotonic clock. */
  answerTimes: { readonly beganMs: number; endedMs: number } | undefined;
  #isAnswered = false;
  #isFunctionError = false;
  #stream: StreamedResponse | undefined;
  #payloadBytes = 0;
  readonly #lines: string[] = [];
  readonly #answer: PromiseWithResolvers<Answer> = Promise.withResolvers();
  readonly #tail: PromiseWithResolvers<string> = Promise.withResolvers();

  constructor(invocation: Invocation) {
    this.invocation = invocation;
    this.answered = this.#answer.promise;
    this.logTail = this.#tail.promise;
    // Whoever does not wait must not bring the process down when the emulator is closed.
    this.answered.catch(() => {});
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** As the caller was told; of a stream, when it has ended. */
  get isFunctionError(): boolean {
    return this.#isFunctionError;
  }

  /** Of the response. */
  get producedBytes(): number {
    return this.#stream?.producedBytes ?? this.#payloadBytes;
  }

  /** Starts the clock, once. */
  begin(
    { isInspected, timeoutMs: configuredMs }: Pick<FunctionConfiguration, "isInspected" | "timeoutMs">,
    clock: Clock,
    onTimeout: () => void,
  ): BegunInvocation {
    const timeoutMs = isInspected ? inspectedTimeoutMs : configuredMs;
    return (this.begun = {
      startedMs: clock.monotonicMs(),
      deadlineMs: Math.round(clock.now()) + timeoutMs,
      stopTimer: clock.startTimer(timeoutMs, onTimeout),
    });
  }

  /** The first answer counts. */
  answer(payload: Buffer, isFunctionError: boolean): void {
    this.#isAnswered = true;
    this.#isFunctionError = isFunctionError;
    this.#payloadBytes = payload.length;
    this.#answer.resolve({ payload, isFunctionError });
  }

  /** The answer begins. */
  answerStreaming(stream: StreamedResponse): void {
    this.#isAnswered = true;
    this.#stream = stream;
    void stream.ended.then(({ error }) => (this.#isFunctionError = error !== undefined));
    this.#answer.resolve({ payload: Buffer.alloc(0), stream, isFunctionError: false });
  }

  /** The platform ends it: what was not answered is an error now, and a stream that goes on ends with it. */
  fail(payload: Buffer): void {
    if (this.#isAnswered) return this.#stream?.fail(payload);
    this.#isAnswered = this.#isFunctionError = true;
    this.#answer.resolve({ payload, isFunctionError: true });
  }

  /** The emulator was closed under it. */
  abandon(): void {
    const error = new EmulatorError("CLOSED", "The emulator was closed while the function was invoked");
    this.#answer.reject(error);
    this.#stream?.fail(Buffer.from(JSON.stringify({ errorType: "Emulator.Closed", errorMessage: error.message })));
    this.finish();
  }

  /** Keeps the end of the log; older lines are dropped once they cannot be part of the tail. */
  log(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > 2 * maxTailLines) this.#lines.splice(0, maxTailLines);
  }

  finish(): void {
    this.begun?.stopTimer();
    this.#tail.resolve(this.invocation.keepsLog ? encodeLogTail(this.#lines) : "");
  }
}

/** More lines than fit into 4,096 bytes, a line break each. */
const maxTailLines = 4096;
