/** A function's log on stderr: platform lines dimmed on a terminal, everything plain elsewhere. */
import type { LogEvent } from "../emulator/index.ts";
import { stderrStyle } from "./stderr-style.ts";

/**
 * Creates the printer of lines; with several functions each line begins with the function's name, as wide as the longest.
 */
export function createLogPrinter(functionNames: readonly string[]): (event: LogEvent) => void {
  const width = Math.max(...functionNames.map(({ length }) => length)) + 2;
  return (event) => {
    const name = `[${event.functionName}]`.padEnd(width);
    printLine(event, functionNames.length > 1 ? `${stderrStyle("cyan", name)} ` : "");
  };
}

function printLine({ source, line }: LogEvent, prefix: string): void {
  // Lambda keeps the lines of one entry together by carriage returns, which a terminal would take by its word.
  const text = line.replaceAll("\r", "\n");
  process.stderr.write(`${prefix}${source === "platform" ? stderrStyle("dim", text) : text}\n`);
}
