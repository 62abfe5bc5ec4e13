/** The global `console`, as it is before the runtime makes it write Lambda's log. */
import { native } from "./native.ts";
import { format, inspect } from "./util.ts";

type Write = (...values: readonly unknown[]) => void;

/** Where a console writes. */
interface Target {
  write(text: string): unknown;
}

/** The methods of Node.js, for two streams; `table` prints what `dir` does. */
export class Console {
  constructor(stdout: Target | { readonly stdout: Target; readonly stderr?: Target }, stderr?: Target) {
    const out = "write" in stdout ? stdout : stdout.stdout;
    const err = "write" in stdout ? stderr : stdout.stderr;
    Object.assign(this, methodsFor(out, err ?? out));
  }
}

function methodsFor(stdout: Target, stderr: Target): Readonly<Record<string, Write>> {
  let indentation = "";
  const counts = new Map<string, number>();
  const timers = new Map<string, number>();
  const writer =
    (target: Target): Write =>
    (message = "", ...params) => {
      const text = params.length === 0 && typeof message === "string" ? message : format(message, ...params);
      target.write(`${indentation === "" ? text : text.replaceAll(/^/gm, indentation)}\n`);
    };
  const log = writer(stdout);
  const warn = writer(stderr);
  const elapsed = (label: string): string =>
    `${label}: ${(performance.now() - (timers.get(label) ?? performance.now())).toFixed(3)}ms`;
  return {
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
}

const descriptor = (number: 1 | 2): Target => ({ write: (text) => native.writeDescriptor(number, text) });

/** That of the process. */
export const console: Readonly<Record<string, Write>> = methodsFor(descriptor(1), descriptor(2));
Object.defineProperty(console, "Console", { value: Console });
