import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { describeError } from "../../runtime/error-document.ts";

class OrderError extends Error {
  override readonly name = "OrderError";
}

const circular: Record<string, unknown> = {};
circular["self"] = circular;

function errorWith(members: Record<string, PropertyDescriptor>): Error {
  return Object.defineProperties(new Error("original"), members);
}

const fail = (): never => {
  throw new Error("no");
};
const throwing = { get: fail };

test("an error gives its name, message and stack", () => {
  const document = describeError(new OrderError("no such order"));
  expect(document).toMatchObject({ errorType: "OrderError", errorMessage: "no such order" });
  expect(document.stackTrace[0]).toBe("OrderError: no such order");
  expect(document.stackTrace[1]).toMatch(/^ {4}at .*error-document\.test\.ts/);
});

test("an error of another realm counts as one", () => {
  expect(describeError(runInNewContext("new TypeError('far')"))).toMatchObject({
    errorType: "TypeError",
    errorMessage: "far",
  });
});

describe("what is thrown without being an error", () => {
  test.each([
    ["oops", "string", "oops"],
    [42, "number", "42"],
    [7n, "bigint", "7"],
    [undefined, "undefined", "undefined"],
    [null, "object", "null"],
    [Symbol("s"), "symbol", "Symbol(s)"],
    [{ code: 1 }, "object", '{"code":1}'],
    [circular, "object", "(the value cannot be turned into text)"],
  ])("%s", (thrown, errorType, errorMessage) => {
    expect(describeError(thrown)).toEqual({ errorType, errorMessage, stackTrace: [] });
  });
});

describe("hostile values give a valid document", () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const hostile: [string, unknown][] = [
    ["name throws", errorWith({ name: throwing })],
    ["message throws", errorWith({ message: throwing })],
    ["stack throws", errorWith({ stack: throwing })],
    ["stack is an object", errorWith({ stack: { value: { a: 1 } } })],
    ["message is undefined", errorWith({ message: { value: undefined } })],
    ["stack is undefined", errorWith({ stack: { value: undefined } })],
    ["name is empty", errorWith({ name: { value: "" } })],
    ["revoked proxy", revoked.proxy],
    ["object without prototype", Object.create(null)],
    ["toJSON throws", { toJSON: fail }],
    ["a message of 10 MB", new Error("x".repeat(10_000_000))],
    ["a stack of a million lines", errorWith({ stack: { value: "line\n".repeat(1_000_000) } })],
  ];

  test.each(hostile)("%s", (_name, thrown) => {
    const document = describeError(thrown);
    expect(document).toEqual({
      errorType: expect.stringMatching(/./) as string,
      errorMessage: expect.any(String) as string,
      stackTrace: expect.any(Array) as string[],
    });
    expect(JSON.stringify(document).length).toBeLessThan(1_000_000);
  });
});
