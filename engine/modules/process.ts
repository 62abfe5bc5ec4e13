/** `node:process`, and what happens to failures that nobody catches. */
import { EventEmitter } from "./events.ts";
import { onNative, onUncaughtException } from "./event-loop.ts";
import { describeThrown } from "./error-stack.ts";
import { native } from "./native.ts";
import { standardStream } from "./standard-stream.ts";

type Listener = (...args: never[]) => void;

/** Linux's numbers of the signals that a handler can listen for. */
const signals: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGUSR1: 10, SIGUSR2: 12, SIGTERM: 15 };
const listening = new Set<number>();
const startMs = performance.now();

/** Modules that the bundle has on board for `getBuiltinModule`, by their name without `node:`. */
const builtinModules = new Map<string, () => unknown>();

/** Called by the bundle's entry. */
export function provideBuiltinModule(name: string, load: () => unknown): void {
  builtinModules.set(name, load);
}

class Process extends EventEmitter {
  readonly title: string = "bootstrap";
  readonly platform: string = "linux";
  readonly arch: string = native.architecture;
  readonly pid: number = native.pid;
  /** Of the Node.js whose functions are here. The engine's own stands in `versions`. */
  readonly version: string = "v22.0.0";
  readonly versions: Readonly<Record<string, string>> = { node: "22.0.0", native: native.version };
  readonly release: Readonly<Record<string, string>> = { name: "native" };
  readonly features: object = {};
  readonly argv: readonly string[] = native.arguments;
  readonly argv0: string = native.arguments[0] ?? "";
  readonly execArgv: readonly string[] = [];
  readonly execPath: string = native.execPath;
  readonly env: Record<string, string | undefined> = environment();
  exitCode: number | undefined;

  declare readonly stdout: object;
  declare readonly stderr: object;

  constructor() {
    super();
    // Of the object itself, as in Node.js: the runtime replaces them to learn who uses them.
    for (const [name, descriptor] of [
      ["stdout", 1],
      ["stderr", 2],
    ] as const) {
      const get = (): object => standardStream(descriptor);
      Object.defineProperty(this, name, { get, enumerable: true, configurable: true });
    }
  }

  /** By which packages tell it from what bundlers put in its place. */
  get [Symbol.toStringTag](): string {
    return "process";
  }

  override on(event: string | symbol, listener: Listener): this {
    const signal = signals[String(event)];
    if (signal !== undefined && !listening.has(signal)) {
      listening.add(signal);
      native.listen(signal);
    }
    return super.on(event, listener);
  }

  override addListener(event: string | symbol, listener: Listener): this {
    return this.on(event, listener);
  }

  readonly cwd = (): string => native.workingDirectory();

  readonly exit = (code?: number): void => {
    this.exitCode = code ?? this.exitCode;
    this.emit("exit", this.exitCode ?? 0);
    native.exit(this.exitCode ?? 0);
  };

  readonly abort = (): void => native.endBySignal(6);

  readonly getBuiltinModule = (name: string): unknown => builtinModules.get(name.replace(/^node:/, ""))?.();

  readonly nextTick = (callback: (...args: unknown[]) => void, ...args: unknown[]): void =>
    queueMicrotask(() => callback(...args));

  readonly uptime = (): number => (performance.now() - startMs) / 1000;

  readonly memoryUsage = (): object => {
    const rss = native.residentBytes();
    return { rss, heapTotal: rss, heapUsed: rss, external: 0, arrayBuffers: 0 };
  };

  readonly hrtime = Object.assign(
    ([seconds, nanoseconds]: readonly [number, number] = [0, 0]): [number, number] => {
      const now = process.hrtime.bigint() - BigInt(seconds) * 1_000_000_000n - BigInt(nanoseconds);
      return [Number(now / 1_000_000_000n), Number(now % 1_000_000_000n)];
    },
    { bigint: (): bigint => BigInt(Math.round(performance.now() * 1e6)) },
  );

  readonly emitWarning = (warning: unknown): void => {
    const text = warning instanceof Error ? String(warning) : `Warning: ${String(warning)}`;
    native.writeDescriptor(2, `(bootstrap:${this.pid}) ${text}\n`);
  };
}

/** As in Node.js every value is text. */
function environment(): Record<string, string | undefined> {
  return new Proxy(native.environment, {
    set: (variables, name, value) => Reflect.set(variables, name, String(value)),
    defineProperty: (variables, name, descriptor) => Reflect.defineProperty(variables, name, descriptor),
  });
}

/** The process object. */
export const process: Process = new Process();

const rejected = new Map<unknown, unknown>();

onNative("rejected", (_id, promise, reason) => rejected.set(promise, reason));
onNative("handled", (_id, promise) => rejected.delete(promise));
onNative("rejections", () => {
  const unhandled = [...rejected];
  rejected.clear();
  for (const [promise, reason] of unhandled) {
    if (!process.emit("unhandledRejection", reason, promise)) endWith(reason);
  }
});
onUncaughtException((thrown, origin) => {
  try {
    if (!process.emit("uncaughtException", thrown, origin)) endWith(thrown);
  } catch (another) {
    endWith(another);
  }
});
onNative("idle", () => process.emit("beforeExit", process.exitCode ?? 0));
onNative("exit", () => {
  process.emit("exit", process.exitCode ?? 0);
  return process.exitCode ?? 0;
});
onNative("signal", (number) => {
  const name = Object.keys(signals).find((each) => signals[each] === number) ?? "";
  if (!process.emit(name, name, number)) native.endBySignal(number);
});

function endWith(thrown: unknown): void {
  native.writeDescriptor(2, `Uncaught ${describeThrown(thrown)}\n`);
  process.emit("exit", 1);
  native.exit(1);
}
