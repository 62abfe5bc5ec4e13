/** A function's log on stderr: platform lines dimmed on a terminal, everything plain elsewhere. */
import type { LogEvent } from "../emulator/index.ts";
import { stderrStyle } from "./stderr-style.ts";

/** Prints one line; with several functions each line begins with the function's name. */
export function printLog({ functionName, source, line }: LogEvent, { showName }: { readonly showName: boolean }): void {
  const prefix = showName ? `${stderrStyle("cyan", `[${functionName}]`)} ` : "";
  // Lambda keeps the lines of one entry together by carriage returns, which a terminal would take by its word.
  const text = line.replaceAll("\r", "\n");
  process.stderr.write(`${prefix}${source === "platform" ? stderrStyle("dim", text) : text}\n`);
}
