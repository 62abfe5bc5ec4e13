/** X-Ray trace headers. Source: AWS X-Ray developer guide, "Tracing header" and "Trace ID". */
import { randomBytes } from "node:crypto";

/**
 * The caller's header, or a new unsampled trace: `Root=1-<8 hex: Unix seconds>-<24 hex>;Parent=<16 hex>;Sampled=0`.
 */
export function createTraceId(callersHeader: string | undefined, nowMs: number): string {
  if (callersHeader !== undefined && callersHeader !== "") return callersHeader;
  const random = randomBytes(20).toString("hex");
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, "0");
  return `Root=1-${seconds}-${random.slice(0, 24)};Parent=${random.slice(24)};Sampled=0`;
}
