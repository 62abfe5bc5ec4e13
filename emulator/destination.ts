/**
 * Where the records of asynchronous invocations go on this machine: another emulated function, an HTTP server, or a file
 * of JSON lines. AWS has SQS, SNS, EventBridge, S3 and functions for it.
 */
import { appendFile } from "node:fs/promises";
import { EmulatorError } from "./errors.ts";

/** A destination, read from the options. */
export type Destination =
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "file"; readonly path: string };

/** What is delivered. */
export interface DeliveredRecord {
  readonly body: string;
  /** For a dead-letter queue: `RequestID`, `ErrorCode`, `ErrorMessage`. */
  readonly messageAttributes?: Readonly<Record<string, string>>;
}

/** A server that does not answer must not hold the emulator for ever. */
const requestTimeoutMs = 10_000;

/**
 * Reads `function:<name>`, a URL, or the path of a file that ends in `.jsonl`.
 *
 * @throws EmulatorError `BAD_OPTIONS`
 */
export function parseDestination(owner: string, text: string): Destination {
  const name = /^function:([a-zA-Z0-9-_]{1,64})$/.exec(text)?.[1];
  if (name !== undefined) return { kind: "function", name };
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return { kind: "url", url: text };
  if (text.endsWith(".jsonl")) return { kind: "file", path: text };
  throw new EmulatorError("BAD_OPTIONS", `${owner} cannot deliver to "${text}"`, {
    hint: "Destinations are function:<name>, http://… and the path of a file that ends in .jsonl",
  });
}

/**
 * Delivers one record.
 *
 * @param invoke hands an event to an emulated function, asynchronously
 * @throws Error when it did not arrive
 */
export async function deliver(
  destination: Destination,
  { body, messageAttributes }: DeliveredRecord,
  invoke: (functionName: string, event: Buffer) => void,
): Promise<void> {
  switch (destination.kind) {
    case "function":
      return invoke(destination.name, Buffer.from(body));
    case "url": {
      const headers = { "content-type": "application/json", ...messageAttributes };
      const signal = AbortSignal.timeout(requestTimeoutMs);
      const { ok, status } = await fetch(destination.url, { method: "POST", headers, body, signal });
      if (!ok) throw new Error(`${destination.url} answered ${status}`);
      return;
    }
    case "file": {
      // A record of a destination is the line itself; a dead letter has attributes beside its body, as in a queue.
      const line = messageAttributes === undefined ? body : JSON.stringify({ body, messageAttributes });
      await appendFile(destination.path, `${line}\n`);
    }
  }
}
