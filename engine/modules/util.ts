/** `node:util`. */
import { TextDecoder, TextEncoder } from "./encoding.ts";
import { inspect } from "./inspect.ts";

export { inspect, TextDecoder, TextEncoder };
export type { InspectOptions } from "./inspect.ts";

type AnyFunction = (...args: never[]) => unknown;
type NodeCallback = (error: unknown, value?: unknown) => void;

/** As `printf`, by Node.js's rules. */
export function format(message: unknown, ...params: readonly unknown[]): string {
  if (typeof message !== "string") return [message, ...params].map(asText).join(" ");
  let used = 0;
  const text = message.replaceAll(/%[sdifjoOc%]/g, (placeholder) => {
    if (placeholder === "%%") return params.length === 0 ? "%%" : "%";
    if (used >= params.length) return placeholder;
    const value = params[used++];
    return formatOne(placeholder, value);
  });
  return [text, ...params.slice(used).map(asText)].join(" ");
}

function formatOne(placeholder: string, value: unknown): string {
  switch (placeholder) {
    case "%s":
      if (typeof value === "bigint") return `${value}n`;
      return typeof value === "object" && value !== null && !(value instanceof Error)
        ? inspect(value, { depth: 0 })
        : String(value);
    case "%d":
      return typeof value === "bigint" ? `${value}n` : String(typeof value === "object" ? Number.NaN : Number(value));
    case "%i":
      return typeof value === "bigint" ? `${value}n` : String(Number.parseInt(String(value), 10));
    case "%f":
      return String(Number.parseFloat(String(value)));
    case "%j":
      return toJson(value);
    case "%c":
      return "";
    default:
      return inspect(value, { depth: placeholder === "%o" ? 4 : 2 });
  }
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "undefined";
  } catch (error) {
    if (error instanceof TypeError) return "[Circular]";
    throw error;
  }
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}

const customPromisify: symbol = Symbol.for("nodejs.util.promisify.custom");

/** A function with a callback as one that returns a promise. */
export const promisify: ((original: AnyFunction) => AnyFunction) & { readonly custom: symbol } = Object.assign(
  (original: AnyFunction): AnyFunction => {
    const custom = (original as unknown as Record<symbol, unknown>)[customPromisify];
    if (typeof custom === "function") return custom as AnyFunction;
    return function promisified(this: unknown, ...args: readonly unknown[]) {
      return new Promise((resolve, reject) => {
        const callback: NodeCallback = (error, value) =>
          error === undefined || error === null ? resolve(value) : reject(error);
        (original as (...all: unknown[]) => void).call(this, ...args, callback);
      });
    };
  },
  { custom: customPromisify },
);

/** The way back. */
export function callbackify(original: (...args: unknown[]) => Promise<unknown>): AnyFunction {
  return (...args: readonly unknown[]) => {
    const callback = args.at(-1) as NodeCallback;
    original(...args.slice(0, -1)).then(
      (value) => callback(null, value),
      (error: unknown) => callback(error ?? new Error("The promise was rejected without a reason")),
    );
  };
}

/** Inheritance as it was written before classes. */
export function inherits(child: AnyFunction, parent: AnyFunction): void {
  Object.defineProperty(child, "super_", { value: parent, configurable: true, writable: true });
  Object.setPrototypeOf(child.prototype, parent.prototype as object);
}

/** Returns the function as it is: nobody reads the warnings of a deployed function. */
export function deprecate<Deprecated>(original: Deprecated): Deprecated {
  return original;
}

/** Silent, as without NODE_DEBUG. */
export function debuglog(): AnyFunction & { readonly enabled: boolean } {
  return Object.assign(() => {}, { enabled: false });
}
export function debug(): ReturnType<typeof debuglog> {
  return debuglog();
}

/** Whether both have the same members, however deep. */
export function isDeepStrictEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date) return a.getTime() === (b as Date).getTime();
  if (a instanceof RegExp) return String(a) === String(b);
  if (a instanceof Map || a instanceof Set) {
    return isDeepStrictEqual([...a], [...(b as Set<unknown>)]);
  }
  const keys = Reflect.ownKeys(a);
  if (keys.length !== Reflect.ownKeys(b).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) &&
      isDeepStrictEqual((a as Record<PropertyKey, unknown>)[key], (b as Record<PropertyKey, unknown>)[key]),
  );
}

/** Without the codes that color a terminal. */
export function stripVTControlCharacters(text: string): string {
  return text.replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, "");
}

/** No terminal shows it. */
export function styleText(_format: unknown, text: string): string {
  return text;
}

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);
const isA =
  (...tags: readonly string[]) =>
  (value: unknown): boolean =>
    tags.includes(tagOf(value));

export const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  isAnyArrayBuffer: isA("ArrayBuffer", "SharedArrayBuffer"),
  isArrayBuffer: isA("ArrayBuffer"),
  isArrayBufferView: (value) => ArrayBuffer.isView(value),
  isAsyncFunction: isA("AsyncFunction"),
  isDate: (value) => value instanceof Date,
  isGeneratorFunction: isA("GeneratorFunction"),
  isMap: (value) => value instanceof Map,
  isNativeError: (value) => value instanceof Error,
  isPromise: (value) => value instanceof Promise,
  isProxy: () => false,
  isRegExp: (value) => value instanceof RegExp,
  isSet: (value) => value instanceof Set,
  isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
  isUint8Array: (value) => value instanceof Uint8Array,
};

export const isArray: (value: unknown) => boolean = (value) => Array.isArray(value);
