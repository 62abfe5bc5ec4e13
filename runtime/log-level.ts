/** The levels of log entries. Source: AWS Lambda developer guide, "Log-level filtering". */

/** From the least to the most important. */
export const logLevels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const;

/** One of them. */
export type LogLevel = (typeof logLevels)[number];
