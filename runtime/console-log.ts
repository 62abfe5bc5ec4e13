/** Makes `console` write as in the managed Node.js runtime: format, level and destination are the function's own. */
import type { RuntimeEnvironment } from "./environment.ts";
import { describeError, isError } from "./error-document.ts";
import { mapStack } from "./source-map.ts";
import type { InvokeStore } from "./invoke-store.ts";
import { formatJsonLine, formatTextLine, type LogOrigin } from "./log-format.ts";
import { logLevels, type LogLevel } from "./log-level.ts";
import { standardOutput, writeFully } from "./standard-output.ts";

/** The function's log. */
export interface Logger {
  /** Writes one entry, if its level is wanted. */
  readonly log: (level: LogLevel, message: unknown, ...params: unknown[]) => void;
  /** `title \t{"errorType",…,"stack"}` as text, the error itself as JSON: what the managed runtime logs for a failure. */
  readonly failure: (title: string, thrown: unknown) => void;
}

/** Reads the settings of the environment; nothing is patched. */
export function createLogger(environment: RuntimeEnvironment, store: InvokeStore): Logger {
  const { format, level: wanted, telemetryDescriptor } = environment.log ?? {};
  // Lines of several invocations can only be told apart by their members.
  const isJson = format === "JSON" || environment.maxConcurrency !== undefined;
  const formatLine = isJson ? formatJsonLine : formatTextLine;
  const minLevel = wanted === undefined ? 0 : logLevels.indexOf(wanted);
  const log: Logger["log"] = (level, message, ...params) => {
    if (logLevels.indexOf(level) < minLevel) return;
    const now = Date.now();
    const origin: LogOrigin = {
      timestamp: new Date(now).toISOString(),
      requestId: store.getRequestId(),
      tenantId: store.getTenantId(),
      level,
    };
    const line = formatLine(origin, message, params);
    if (telemetryDescriptor !== undefined) {
      writeFully(telemetryDescriptor, frame(level, now, isJson, line));
    } else {
      // A line feed ends an entry; a carriage return is shown as one, but does not.
      standardOutput().write(`${line.replaceAll("\n", "\r")}\n`);
    }
  };
  return {
    log,
    failure(title, thrown) {
      const error = isError(thrown) ? thrown : new Error(describeError(thrown).errorMessage);
      if (isJson) log("ERROR", error);
      else log("ERROR", title, `\t${describeForLog(error)}`);
    },
  };
}

const methods: Readonly<Record<string, LogLevel>> = {
  trace: "TRACE",
  debug: "DEBUG",
  info: "INFO",
  log: "INFO",
  warn: "WARN",
  error: "ERROR",
  fatal: "FATAL",
};

/** Replaces the methods that have a level; the others stay Node's own. Returns how to undo it. */
export function patchConsole(logger: Logger): () => void {
  const target = console as unknown as Record<string, unknown>;
  const originals = Object.keys(methods).map((name) => [name, target[name]] as const);
  for (const [name, level] of Object.entries(methods)) {
    target[name] = (message: unknown, ...params: unknown[]): void => logger.log(level, message, ...params);
  }
  return () => Object.assign(target, Object.fromEntries(originals));
}

function describeForLog(error: Error): string {
  try {
    return JSON.stringify(error, (_name, value: unknown) => {
      if (!(value instanceof Error)) return value;
      const { name: errorType, message: errorMessage, stack, code } = value as NodeJS.ErrnoException;
      const lines = typeof stack === "string" ? { stack: mapStack(stack).split("\n") } : {};
      return Object.assign({ errorType, errorMessage, code }, value, lines);
    });
  } catch {
    return JSON.stringify(describeError(error));
  }
}

/**
 * One entry for `_LAMBDA_TELEMETRY_LOG_FD`: type and level, length, time in microseconds, message; big-endian. Source:
 * aws-lambda-nodejs-runtime-interface-client, `LogPatch`.
 */
function frame(level: LogLevel, nowMs: number, isJson: boolean, line: string): Uint8Array {
  // Between the lines of a file a text entry needs its line feed; JSON is delimited by the frame alone.
  const message = Buffer.from(isJson ? line : `${line}\n`);
  const header = Buffer.alloc(16);
  const type = isJson ? 0xa5_5a_00_02 : 0xa5_5a_00_03;
  header.writeUInt32BE((type | ((logLevels.indexOf(level) + 1) << 2)) >>> 0, 0);
  header.writeInt32BE(message.length, 4);
  header.writeBigInt64BE(BigInt(nowMs) * 1000n, 8);
  return Buffer.concat([header, message]);
}
