/** Globals of Node.js that the `native` engine does not have, as far as a bundle's text names them. */

import { readFileSync } from "node:fs";

/** All of Node.js's that the engine lacks; `test/engine/table.test.ts` compares both. */
export const absentGlobalNames: readonly string[] = [
  "Blob",
  "BroadcastChannel",
  "ByteLengthQueuingStrategy",
  "CloseEvent",
  "CompressionStream",
  "CountQueuingStrategy",
  "Crypto",
  "DecompressionStream",
  "EventSource",
  "File",
  "FormData",
  "Intl",
  "MessageChannel",
  "MessageEvent",
  "MessagePort",
  "Navigator",
  "Performance",
  "PerformanceEntry",
  "PerformanceMark",
  "PerformanceMeasure",
  "PerformanceObserver",
  "PerformanceObserverEntryList",
  "PerformanceResourceTiming",
  "ReadableByteStreamController",
  "ReadableStream",
  "ReadableStreamBYOBReader",
  "ReadableStreamBYOBRequest",
  "ReadableStreamDefaultController",
  "ReadableStreamDefaultReader",
  "Storage",
  "SubtleCrypto",
  "TextDecoderStream",
  "TextEncoderStream",
  "TransformStream",
  "TransformStreamDefaultController",
  "URLPattern",
  "WebAssembly",
  "WebSocket",
  "WritableStream",
  "WritableStreamDefaultController",
  "WritableStreamDefaultWriter",
  "localStorage",
  "navigator",
  "sessionStorage",
];

/** Clients of the AWS SDK look what there is before they use it: `test/engine/aws-clients.test.ts` runs some. */
const looksFirst = /[\\/]node_modules[\\/]@(?:aws-sdk|smithy)[\\/]/;

/**
 * Those that the code of a bundle names, not as a member of something else, in a string or as a key. What only the engine's own
 * modules name, or clients of the AWS SDK, is done without.
 *
 * @param inputs paths of the function's own files
 */
export function absentGlobals(code: string, inputs: readonly string[]): readonly string[] {
  const names = absentGlobalNames.filter((name) => isNamed(name, code));
  if (names.length === 0) return [];
  const texts = inputs.filter((path) => !looksFirst.test(path)).map((path) => readFileSync(path, "utf8"));
  return names.filter((name) => texts.some((text) => isNamed(name, text)));
}

function isNamed(name: string, text: string): boolean {
  // How the SDK is asked for one.
  if (name === "ReadableStream" && text.includes("transformToWebStream")) return true;
  return new RegExp(`(?<![\\w$."'\`-])${name}\\b(?!\\s*:|["'\`-])`).test(text);
}
