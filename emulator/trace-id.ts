/** X-Ray trace headers. Source: AWS X-Ray developer guide, "Tracing header" and "Trace ID". */
import { randomBytes } from "node:crypto";

/**
 * The caller's header, or a new unsampled trace: `Root=1-<8 hex: Unix seconds>-<24 hex>;Parent=<16 hex>;Sampled=0`.
 */
export function createTraceId(callersHeader: string | undefined, nowMs: number): string {
  if (callersHeader !== undefined && callersHeader !== "") return callersHeader;
  const random = randomHex();
  return `Root=${toRoot(nowMs, random)};Parent=${random.slice(24)};Sampled=0`;
}

/** Of a trace that begins here. */
export function createTraceRoot(nowMs: number): string {
  return toRoot(nowMs, randomHex());
}

function toRoot(nowMs: number, random: string): string {
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, "0");
  return `1-${seconds}-${random.slice(0, 24)}`;
}

/** Nearly all of them; to look for names takes several times as long. */
const usualForm = /^Root=([-\da-f]+);Parent=([\da-f]+);Sampled=([01])$/;

/** As Lambda gives it back to the caller: `root=…;parent=…;sampled=…`. */
export function formatAnsweredTraceId(traceId: string): string {
  const [, root, parent, sampled] = usualForm.exec(traceId) ?? [];
  if (root !== undefined) return `root=${root};parent=${parent};sampled=${sampled}`;
  return traceId.replaceAll(/[A-Z][a-z]+=/g, (name) => name.toLowerCase());
}

const randomPool: { bytes: Buffer; offset: number } = { bytes: Buffer.alloc(0), offset: 0 };

/** 40 hexadecimal digits. One call to the generator serves 200 invocations: it costs as much as the rest of a header. */
function randomHex(): string {
  if (randomPool.offset >= randomPool.bytes.length) {
    randomPool.bytes = randomBytes(4000);
    randomPool.offset = 0;
  }
  return randomPool.bytes.toString("hex", randomPool.offset, (randomPool.offset += 20));
}
