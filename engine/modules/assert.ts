/** `node:assert`: the comparisons, without drawings of the difference. */
import { inspect, isDeepStrictEqual } from "./util.ts";

type Message = string | Error | undefined;

export class AssertionError extends Error {
  override readonly name: string = "AssertionError";
  readonly code: string = "ERR_ASSERTION";
  readonly generatedMessage: boolean;
  readonly actual: unknown;
  readonly expected: unknown;
  readonly operator: string;

  constructor(options: { message?: string | undefined; actual?: unknown; expected?: unknown; operator: string }) {
    super(options.message ?? `${inspect(options.actual)} ${options.operator} ${inspect(options.expected)}`);
    this.generatedMessage = options.message === undefined;
    this.actual = options.actual;
    this.expected = options.expected;
    this.operator = options.operator;
  }
}

function demand(
  isTrue: boolean,
  message: Message,
  details: { actual: unknown; expected: unknown; operator: string },
): void {
  if (isTrue) return;
  throw message instanceof Error ? message : new AssertionError({ ...details, message });
}

export function ok(value: unknown, message?: Message): void {
  demand(Boolean(value), message, { actual: value, expected: true, operator: "==" });
}

export function equal(actual: unknown, expected: unknown, message?: Message): void {
  // oxlint-disable-next-line eqeqeq -- the legacy comparison
  demand(actual == expected || Object.is(actual, expected), message, { actual, expected, operator: "==" });
}

export function notEqual(actual: unknown, expected: unknown, message?: Message): void {
  // oxlint-disable-next-line eqeqeq
  demand(actual != expected, message, { actual, expected, operator: "!=" });
}

export function strictEqual(actual: unknown, expected: unknown, message?: Message): void {
  demand(Object.is(actual, expected), message, { actual, expected, operator: "strictEqual" });
}

export function notStrictEqual(actual: unknown, expected: unknown, message?: Message): void {
  demand(!Object.is(actual, expected), message, { actual, expected, operator: "notStrictEqual" });
}

export function deepStrictEqual(actual: unknown, expected: unknown, message?: Message): void {
  demand(isDeepStrictEqual(actual, expected), message, { actual, expected, operator: "deepStrictEqual" });
}

export function fail(message: string | Error = "Failed"): never {
  throw message instanceof Error ? message : new AssertionError({ message, operator: "fail" });
}

export function ifError(value: unknown): void {
  if (value !== null && value !== undefined) throw value;
}

export default Object.assign((value: unknown, message?: Message): void => ok(value, message), {
  AssertionError,
  ok,
  equal,
  notEqual,
  strictEqual,
  notStrictEqual,
  deepStrictEqual,
  fail,
  ifError,
});
