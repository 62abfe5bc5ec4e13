/** The causes of errors that runtimes tell X-Ray, in a header or in the error document. */
import { expect, test } from "vitest";
import { causeIn } from "../../emulator/error-with-cause.ts";
import { readXrayCause } from "../../emulator/xray/read-xray-cause.ts";

const exceptions = [{ type: "TypeError", message: "x", stack: [{ path: "/var/task/index.js", line: 10, label: "f" }] }];

test("members that say something are kept", () => {
  const cause = { working_directory: "/var/task", exceptions, paths: [], message: "", other: 1 };
  expect(readXrayCause(JSON.stringify(cause))).toEqual({ working_directory: "/var/task", exceptions });
});

test.for([undefined, "", "no JSON", "null", "1", "[]", "{}", '{"paths":[],"message":""}'])("%j is none", (header) => {
  expect(readXrayCause(header)).toBeUndefined();
});

test("one that fits in no datagram is left out", () => {
  expect(readXrayCause(JSON.stringify({ message: "a".repeat(60_000) }))).toBeUndefined();
});

test.for([
  ['{"errorCause":{"message":"m"}}', '{"message":"m"}'],
  ["{}", undefined],
  ["null", undefined],
  ["no JSON", undefined],
] as const)("in an error document: %s", ([body, cause]) => {
  expect(causeIn(Buffer.from(body))).toBe(cause);
});
