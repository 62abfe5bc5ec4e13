/** Anything that can be thrown becomes a document that Lambda accepts. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { describeFailure } from "../../runtime/failure-answer.ts";
import { formatXrayCause } from "../../runtime/xray-cause.ts";

const member = fc.oneof(
  fc.constant({ throws: true }),
  fc.anything().map((value) => ({ value })),
  fc.string({ unit: "binary", maxLength: 50 }).map((value) => ({ value })),
);

/** Errors whose members are anything, or throw when they are read. */
const hostileError = fc
  .record({ name: member, message: member, stack: member, cause: member })
  .map((members): unknown => {
    const error = new Error("replaced");
    for (const [name, description] of Object.entries(members)) {
      Object.defineProperty(error, name, {
        get: () => {
          if ("throws" in description) throw new Error("hostile");
          return description.value;
        },
      });
    }
    return error;
  });

const hostileProxy = fc.constant(null).map(
  (): unknown =>
    new Proxy(new Error("x"), {
      get: () => {
        throw new Error("hostile");
      },
      getPrototypeOf: () => {
        throw new Error("hostile");
      },
    }),
);

test("every thrown value has a valid error document and a bounded cause of plain ASCII", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.anything({ withBigInt: true, withNullPrototype: true }), hostileError, hostileProxy),
      (thrown) => {
        const { error, xrayCause } = describeFailure(thrown);
        expect(JSON.parse(JSON.stringify(error))).toEqual({
          errorType: expect.any(String) as string,
          errorMessage: expect.any(String) as string,
          stackTrace: expect.any(Array) as string[],
        });
        expect(error.errorType).not.toBe("");
        expect(error.stackTrace.every((line) => typeof line === "string")).toBe(true);
        expect(xrayCause).toMatch(/^[\u0020-\u007e]*$/);
        expect(xrayCause.length).toBeLessThanOrEqual(64 * 1024);
        expect(JSON.parse(xrayCause)).toHaveProperty("exceptions");
      },
    ),
    { numRuns: 1000 },
  );
});

test.each([
  ["a message of 10 MB", () => new Error("x".repeat(10 * 1024 * 1024))],
  [
    "a deep stack",
    () =>
      Object.assign(new Error("deep"), { stack: `Error: deep\n${"    at f (/var/task/index.js:1:1)\n".repeat(5000)}` }),
  ],
  ["a type of 1 MB", () => Object.assign(new Error("x"), { name: "é".repeat(1024 * 1024) })],
  ["text of 10 MB", () => "é".repeat(10 * 1024 * 1024)],
])("%s is cropped", (_name, create) => {
  const { error, xrayCause } = describeFailure(create());
  expect(JSON.stringify(error).length).toBeLessThan(2 * 1024 * 1024);
  expect(xrayCause.length).toBeLessThanOrEqual(64 * 1024);
});

test("a working directory that leaves no room leaves an empty cause", () => {
  const document = { errorType: "Error", errorMessage: "x", stackTrace: [] };
  expect(JSON.parse(formatXrayCause(document, "x".repeat(70_000)))).toEqual({
    working_directory: "",
    exceptions: [],
    paths: [],
  });
});

test("an error without a stack has no stack trace", () => {
  const error = Object.assign(new Error("x"), { stack: undefined });
  expect(describeFailure(error).error).toEqual({ errorType: "Error", errorMessage: "x", stackTrace: [] });
});

test("an object whose JSON is nothing has an empty message", () => {
  expect(describeFailure({ toJSON: () => undefined }).error).toMatchObject({ errorType: "object", errorMessage: "" });
});

test("the cause names type, message, frames and paths", () => {
  const error = new TypeError("bad");
  error.stack = [
    "TypeError: bad",
    "    at Orders.put (/var/task/orders.js:10:5)",
    "    at async /var/task/index.js:3:1",
    "    at native",
    "    at file:///var/task/orders.js:7:1",
  ].join("\n");
  expect(JSON.parse(describeFailure(error).xrayCause)).toEqual({
    working_directory: process.cwd(),
    exceptions: [
      {
        type: "TypeError",
        message: "bad",
        stack: [
          { path: "/var/task/orders.js", line: 10, label: "Orders.put" },
          { path: "/var/task/index.js", line: 3, label: "anonymous" },
          { path: "file:///var/task/orders.js", line: 7, label: "anonymous" },
        ],
      },
    ],
    paths: ["/var/task/orders.js", "/var/task/index.js", "file:///var/task/orders.js"],
  });
});
