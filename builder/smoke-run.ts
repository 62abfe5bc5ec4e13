/** Starts the finished bootstrap and makes it take one event. */
import { BuilderError } from "./errors.ts";
import { startOneEventRuntimeApi, type SmokeAnswer } from "./one-event-runtime-api.ts";

/** A started bootstrap, wherever it runs. */
export interface SmokeProcess {
  /** Resolves with the exit code once it has ended by itself. */
  readonly exited: Promise<number>;
  /** Ends it and removes every trace of it. */
  stop(): Promise<void>;
}

/** A place where the bootstrap of the platform can be started. */
export interface SmokeSite {
  /** Address to listen on, and how the bootstrap names it. */
  readonly listenHost: string;
  readonly reachableHost: string;
  start(
    executable: string,
    environment: Readonly<Record<string, string>>,
    onLog: (line: string) => void,
  ): Promise<SmokeProcess>;
}

export interface SmokeRunOptions {
  readonly executable: string;
  readonly site: SmokeSite;
  /** JSON text. @default "{}" */
  readonly event?: string | undefined;
  /** @default 60000, enough for an emulated processor */
  readonly timeoutMs?: number;
  readonly onLog: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Variables a bootstrap may rely on; the rest of Lambda's are of no use to a single event. */
const environment: Readonly<Record<string, string>> = {
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
 * Runs the bootstrap until it has answered one event. A function that answers with an error has started all the same:
 * the answer says so, the caller decides.
 *
 * @throws BuilderError `SMOKE_RUN_FAILED` when it exits first or does not answer in time
 */
export async function smokeRun(options: SmokeRunOptions): Promise<SmokeAnswer> {
  const { executable, site, signal } = options;
  const api = await startOneEventRuntimeApi(site.listenHost, options.event ?? "{}");
  const logTail: string[] = [];
  const onLog = (line: string): void => {
    logTail.push(line);
    if (logTail.length > 40) logTail.shift();
    options.onLog(line);
  };
  const timeoutMs = options.timeoutMs ?? 60_000;
  const ended = Promise.withResolvers<never>();
  // It may come to an end while the bootstrap is still being started, with nobody looking.
  ended.promise.catch(() => {});
  const onAbort = (): void => ended.reject(signal?.reason);
  const timer = setTimeout(
    () => ended.reject(failed(`did not answer within ${timeoutMs / 1000} seconds`, logTail)),
    timeoutMs,
  );
  signal?.addEventListener("abort", onAbort, { once: true });
  let bootstrap: SmokeProcess | undefined;
  try {
    signal?.throwIfAborted();
    const runtimeApi = `${site.reachableHost}:${api.port}`;
    bootstrap = await site.start(executable, { ...environment, AWS_LAMBDA_RUNTIME_API: runtimeApi }, onLog);
    const exited = bootstrap.exited.then((exitCode): never => {
      throw failed(`exited with code ${exitCode} before it answered`, logTail, exitCode);
    });
    return await Promise.race([api.answered, exited, ended.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    await bootstrap?.stop();
    await api.close();
  }
}

function failed(what: string, logTail: readonly string[], exitCode?: number): BuilderError {
  return new BuilderError("SMOKE_RUN_FAILED", `The bootstrap ${what}`, {
    hint: "It was given the event {} and an environment without your variables; its last output is below",
    logTail: [...logTail],
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}
