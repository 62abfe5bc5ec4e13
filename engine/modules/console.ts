/** The global `console`, as it is before the runtime makes it write Lambda's log. */
import { native } from "./native.ts";
import { format, inspect } from "./util.ts";

type Write = (...values: readonly unknown[]) => void;

let indentation = "";
const counts = new Map<string, number>();
const timers = new Map<string, number>();

function writer(descriptor: 1 | 2): Write {
  return (message = "", ...params) => {
    const text = params.length === 0 && typeof message === "string" ? message : format(message, ...params);
    native.writeDescriptor(descriptor, `${text.replaceAll(/^/gm, indentation)}\n`);
  };
}

const log = writer(1);
const warn = writer(2);

function elapsed(label: string): string {
  return `${label}: ${(performance.now() - (timers.get(label) ?? performance.now())).toFixed(3)}ms`;
}

/** The methods of Node.js; `table` prints what `dir` does. */
export const console: Readonly<Record<string, Write>> = {
  log,
  info: log,
  debug: log,
  warn,
  error: warn,
  trace: (...values) => warn(new Error(`Trace: ${format(values[0], ...values.slice(1))}`).stack),
  dir: (value, options) => log(inspect(value, options as object)),
  dirxml: log,
  table: (value) => log(inspect(value)),
  assert: (isTrue, ...values) => {
    if (!isTrue) warn("Assertion failed", ...values);
  },
  count: (label = "default") => {
    const count = (counts.get(String(label)) ?? 0) + 1;
    counts.set(String(label), count);
    log(`${String(label)}: ${count}`);
  },
  countReset: (label = "default") => void counts.delete(String(label)),
  time: (label = "default") => void timers.set(String(label), performance.now()),
  timeLog: (label = "default", ...values) => log(elapsed(String(label)), ...values),
  timeEnd: (label = "default") => {
    log(elapsed(String(label)));
    timers.delete(String(label));
  },
  group: (...values) => {
    if (values.length > 0) log(...values);
    indentation += "  ";
  },
  groupEnd: () => {
    indentation = indentation.slice(2);
  },
};
