/** Colours for stderr: only on a terminal that has them, never with NO_COLOR. */
import { styleText } from "node:util";

/** Styles a text that will be written to stderr. */
export function stderrStyle(format: "red" | "cyan" | "dim", text: string): string {
  return styleText(format, text, { stream: process.stderr });
}
