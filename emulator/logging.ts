/** How a function's log is written. Source: AWS Lambda developer guide, "Configuring advanced logging controls". */
import { EmulatorError } from "./errors.ts";

const applicationLevels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const;
const systemLevels = ["DEBUG", "INFO", "WARN"] as const;

/** Least level of a function's own lines. */
export type ApplicationLogLevel = (typeof applicationLevels)[number];
/** Least level of the platform's lines. */
export type SystemLogLevel = (typeof systemLevels)[number];

/** Named as in Lambda's LoggingConfig. */
export interface LoggingOptions {
  /** @default "Text", on Managed Instances "JSON" */
  readonly format?: "Text" | "JSON";
  /** Only with JSON. @default "INFO" */
  readonly applicationLogLevel?: ApplicationLogLevel;
  /** Only with JSON. @default "INFO" */
  readonly systemLogLevel?: SystemLogLevel;
}

/** Checked and complete. */
export interface Logging {
  readonly format: "Text" | "JSON";
  readonly applicationLogLevel: ApplicationLogLevel;
  readonly systemLogLevel: SystemLogLevel;
}

/**
 * @param isManagedInstances where Lambda has no text format
 * @throws EmulatorError `BAD_OPTIONS`
 */
export function readLogging(owner: string, options: LoggingOptions = {}, isManagedInstances = false): Logging {
  const usual = isManagedInstances ? "JSON" : "Text";
  const { format = usual, applicationLogLevel = "INFO", systemLogLevel = "INFO" } = options;
  check(owner, "logging.format", format, ["Text", "JSON"]);
  check(owner, "logging.applicationLogLevel", applicationLogLevel, applicationLevels);
  check(owner, "logging.systemLogLevel", systemLogLevel, systemLevels);
  if (isManagedInstances && format === "Text") {
    throw new EmulatorError("BAD_OPTIONS", `${owner}: Managed Instances log in JSON only, logging.format is "Text"`);
  }
  const hasLevel = options.applicationLogLevel !== undefined || options.systemLogLevel !== undefined;
  if (format === "Text" && hasLevel) {
    throw new EmulatorError("BAD_OPTIONS", `${owner}: log levels need logging.format JSON, as on Lambda`);
  }
  return { format, applicationLogLevel, systemLogLevel };
}

/** Whether a platform line of this level is written. */
export function isSystemLevelWanted({ format, systemLogLevel }: Logging, level: SystemLogLevel): boolean {
  return format === "Text" || systemLevels.indexOf(level) >= systemLevels.indexOf(systemLogLevel);
}

/**
 * Whether a line of a custom runtime is kept: only JSON objects with a level and a time are filtered, everything else
 * counts as INFO (developer guide, "Setting JSON and plain text log formats").
 */
export function isLineWanted({ format, applicationLogLevel }: Logging, line: string): boolean {
  if (format === "Text" || applicationLogLevel === "TRACE") return true;
  const least = applicationLevels.indexOf(applicationLogLevel);
  return applicationLevels.indexOf(readLevel(line) ?? "INFO") >= least;
}

function readLevel(line: string): ApplicationLogLevel | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { level, timestamp } = JSON.parse(line) as { readonly level?: unknown; readonly timestamp?: unknown };
    const isTime = typeof timestamp === "string" && !Number.isNaN(Date.parse(timestamp));
    return isTime ? applicationLevels.find((each) => each === String(level).toUpperCase()) : undefined;
  } catch {
    return undefined;
  }
}

function check(owner: string, name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new EmulatorError("BAD_OPTIONS", `${owner}: ${name} must be one of ${allowed.join(", ")}, it is "${value}"`);
}
