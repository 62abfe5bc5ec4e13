/** Runs a runtime in this process against a scripted Runtime API; nothing of the process itself is touched. */
import { EventEmitter } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RuntimeEnvironment } from "../../runtime/environment.ts";
import { defaultRuntime, type Initialize, type RuntimeOptions } from "../../runtime/run.ts";
import { startScriptedRuntimeApi, type ReceivedRequest, type ScriptedAnswer } from "./scripted-runtime-api.ts";

export interface RunOptions extends Omit<RuntimeOptions, "environment" | "process"> {
  readonly events?: readonly ScriptedAnswer[];
  readonly answers?: Readonly<Record<string, ScriptedAnswer | undefined>>;
  /** Instead of, and besides, what the test's own environment has. */
  readonly environment?: Partial<RuntimeEnvironment>;
  readonly process?: FakeProcess;
}

/** A process whose events are the test's, and whose end is noted. */
export class FakeProcess extends EventEmitter {
  readonly exited: Promise<number>;
  readonly exit: (code: number) => void;

  constructor() {
    super();
    const { promise, resolve } = Promise.withResolvers<number>();
    this.exited = promise;
    this.exit = resolve;
  }
}

export interface RunResult {
  /** What ended the run; undefined when the process exited. */
  readonly error: unknown;
  readonly exitCode: number | undefined;
  readonly posts: readonly ReceivedRequest[];
  readonly requests: readonly ReceivedRequest[];
  readonly traceIds: readonly (string | undefined)[];
  /** The messages of the log entries. */
  readonly log: readonly string[];
  readonly frames: Buffer;
}

/** Runs until the script, or `process.exit`, ends it. */
export async function runScript<Event>(
  initialize: Initialize<Event, unknown>,
  { events = [], answers = {}, process = new FakeProcess(), environment, ...options }: RunOptions = {},
): Promise<RunResult> {
  await using api = await startScriptedRuntimeApi(events, answers);
  const folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-test-"));
  const logFile = join(folder, "log");
  const telemetryDescriptor = openSync(logFile, "w");
  const traceIds: (string | undefined)[] = [];
  try {
    const run = defaultRuntime(initialize, {
      ...options,
      process,
      environment: {
        runtimeApi: api.authority,
        functionName: "orders",
        functionVersion: "$LATEST",
        memoryLimitInMB: "256",
        logGroupName: "/aws/lambda/orders",
        logStreamName: "stream",
        variables: { TABLE: "orders-table" },
        setTraceId: (traceId) => traceIds.push(traceId),
        ...environment,
        log: { format: "Text", ...environment?.log, telemetryDescriptor },
      },
    }).run();
    const ended = await Promise.race([
      run.catch((error: unknown) => ({ error, exitCode: undefined })),
      process.exited.then((exitCode) => ({ error: undefined, exitCode })),
    ]);
    const frames = readFileSync(logFile);
    const posts = api.requests.filter(({ route }) => route.startsWith("POST"));
    return { ...ended, posts, requests: api.requests, traceIds, log: readEntries(frames), frames };
  } finally {
    closeSync(telemetryDescriptor);
    rmSync(folder, { recursive: true });
  }
}

function readEntries(bytes: Buffer): string[] {
  const entries: string[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const end = offset + 16 + bytes.readInt32BE(offset + 4);
    entries.push(bytes.toString("utf8", offset + 16, end));
    offset = end;
  }
  return entries;
}
