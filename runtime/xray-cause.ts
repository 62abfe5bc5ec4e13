/** The error cause that AWS X-Ray shows, as the header of an error report carries it. */
import type { ErrorDocument } from "./error-document.ts";

/** Lambda's own limit: it crops a longer one, and drops what it cannot crop (aws-lambda-runtime-interface-emulator). */
const maxHeaderBytes = 64 * 1024;
/** How much is kept of every text and list, until it fits. */
const cropFactors: readonly number[] = [1, 0.8, 0.6, 0.4, 0.2, 0];

interface StackFrame {
  readonly path: string;
  readonly line: number;
  readonly label: string;
}

/**
 * JSON in one line of ASCII, at most 64 KiB: `{"working_directory","exceptions":[{"type","message","stack"}],"paths"}`.
 *
 * @param workingDirectory of the function
 */
export function formatXrayCause(
  { errorType, errorMessage, stackTrace }: ErrorDocument,
  workingDirectory: string,
): string {
  const stack = stackTrace.map(parseFrame).filter((frame) => frame !== undefined);
  for (const factor of cropFactors) {
    const frames = stack.slice(0, Math.ceil(stack.length * factor));
    const header = escapeNonAscii(
      JSON.stringify({
        working_directory: workingDirectory,
        exceptions: [
          {
            type: errorType.slice(0, Math.ceil(errorType.length * factor)),
            message: errorMessage.slice(0, Math.ceil(errorMessage.length * factor)),
            stack: frames,
          },
        ],
        paths: [...new Set(frames.map(({ path }) => path))],
      }),
    );
    if (header.length <= maxHeaderBytes) return header;
  }
  return JSON.stringify({ working_directory: "", exceptions: [], paths: [] });
}

/** `    at label (path:line:column)` or `    at path:line:column`, as V8 writes it. */
function parseFrame(text: string): StackFrame | undefined {
  const [, label = "anonymous", path = "", line] = /^\s+at (?:async )?(?:(.*) \()?(.*?):(\d+):\d+\)?$/.exec(text) ?? [];
  return line === undefined ? undefined : { path, line: Number(line), label };
}

function escapeNonAscii(json: string): string {
  return json.replaceAll(/[\u007f-\uffff]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
