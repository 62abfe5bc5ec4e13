/** Starts the finished bootstrap and makes it take one event. */
import { LogTail } from "../process/index.ts";
import { BuilderError } from "./errors.ts";
import { startOneEventRuntimeApi, type RuntimeAnswer } from "./one-event-runtime-api.ts";
import type { PackagedFile } from "./packaged-file.ts";

/** A started bootstrap, wherever it runs. */
export interface SmokeProcess {
  /** Resolves with how it ended, as the end of a sentence, once it has ended by itself. */
  readonly exited: Promise<string>;
  /** Ends it and removes every trace of it. */
  stop(): Promise<void>;
}

/** A place where the bootstrap of the platform can be started. */
export interface SmokeSite {
  /** Address to listen on, and how the bootstrap names it. */
  readonly listenHost: string;
  readonly reachableHost: string;
  start(
    files: readonly PackagedFile[],
    environment: Readonly<Record<string, string>>,
    onOutput: (stream: "stdout" | "stderr", chunk: Buffer) => void,
  ): Promise<SmokeProcess>;
}

export interface SmokeRunOptions {
  /** What /var/task holds. */
  readonly files: readonly PackagedFile[];
  readonly site: SmokeSite;
  /** JSON text. */
  readonly event: string;
  /** Variables of the function. */
  readonly environment: Readonly<Record<string, string>>;
  /** Until it asks for the event. @default 60000, enough for an emulated processor */
  readonly startTimeoutMs?: number;
  /** From then on until it answers. @default 10000 */
  readonly answerTimeoutMs?: number;
  readonly onLog: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** How the function took the event. `given-up`: it had started, but ended or did not answer. */
export type SmokeAnswer = RuntimeAnswer | { readonly kind: "given-up"; readonly reason: string };

/** Variables a bootstrap may rely on; the rest of Lambda's are of no use to a single event. */
const lambdaEnvironment: Readonly<Record<string, string>> = {
  _HANDLER: "bootstrap",
  AWS_LAMBDA_FUNCTION_NAME: "smoke-run",
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
  AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
  LAMBDA_TASK_ROOT: "/var/task",
  TZ: ":UTC",
  LANG: "en_US.UTF-8",
};

/**
 * Runs the bootstrap until it has answered one event. Once it has asked for the event it has started, which is what is
 * to be shown; how the function then takes it, the answer says, and the caller decides.
 *
 * @throws BuilderError `SMOKE_RUN_FAILED` when it ends, or takes too long, before it asks for the event
 */
export async function smokeRun(options: SmokeRunOptions): Promise<SmokeAnswer> {
  const { files, site, signal, startTimeoutMs = 60_000, answerTimeoutMs = 10_000 } = options;
  const api = await startOneEventRuntimeApi(site.listenHost, options.event);
  const tail = new LogTail(options.onLog);
  const outcome = Promise.withResolvers<SmokeAnswer>();
  // It may come while the bootstrap is still being started, with nobody looking.
  outcome.promise.catch(() => {});
  let hasStarted = false;
  const giveUp = (reason: string): void => {
    if (hasStarted) outcome.resolve({ kind: "given-up", reason });
    else outcome.reject(failed(reason, tail.end()));
  };
  const onAbort = (): void => outcome.reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  let timer = setTimeout(giveUp, startTimeoutMs, `did not ask for an event within ${startTimeoutMs / 1000} seconds`);
  void api.delivered.then(() => {
    hasStarted = true;
    clearTimeout(timer);
    timer = setTimeout(giveUp, answerTimeoutMs, `did not answer within ${answerTimeoutMs / 1000} seconds`);
  });
  void api.answered.then(outcome.resolve);
  let bootstrap: SmokeProcess | undefined;
  try {
    signal?.throwIfAborted();
    const variables = {
      ...lambdaEnvironment,
      ...options.environment,
      AWS_LAMBDA_RUNTIME_API: `${site.reachableHost}:${api.port}`,
    };
    bootstrap = await site.start(files, variables, (stream, chunk) => tail.write(chunk, stream));
    void bootstrap.exited.then(
      (how) => giveUp(hasStarted ? how : `${how} before it asked for an event`),
      outcome.reject,
    );
    return await outcome.promise;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await bootstrap?.stop();
    clearTimeout(timer);
    await api.close();
  }
}

function failed(what: string, logTail: readonly string[]): BuilderError {
  return new BuilderError("SMOKE_RUN_FAILED", `The bootstrap ${what}`, {
    hint:
      "It was started without your function's variables: --smoke-env KEY=VALUE gives it some, " +
      "--no-smoke-run builds without starting it",
    logTail,
  });
}
