import type { LambdaFunctionURLResult } from "aws-lambda";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { functionUrlAnswer } from "../../../emulator/http/function-url-answer.ts";
import { httpApiAnswer } from "../../../emulator/http/http-api-answer.ts";
import type { HttpAnswer } from "../../../emulator/http/http-request.ts";

const answerTo = (result: unknown): HttpAnswer => functionUrlAnswer(Buffer.from(JSON.stringify(result)), false);
const text = ({ body }: HttpAnswer): string => body.toString();
const json = ["content-type", "application/json"] as const;

test("a structured result is the answer", () => {
  const result: LambdaFunctionURLResult = {
    statusCode: 201,
    headers: { "Content-Type": "text/html", "X-Count": 3, "X-Yes": true },
    cookies: ["a=1; Path=/", "b=2"],
    body: "<p>Zoë",
  };
  const answer = answerTo(result);
  expect(answer).toMatchObject({
    statusCode: 201,
    headers: [
      ["Content-Type", "text/html"],
      ["X-Count", "3"],
      ["X-Yes", "true"],
      ["set-cookie", "a=1; Path=/"],
      ["set-cookie", "b=2"],
    ],
  });
  expect(text(answer)).toBe("<p>Zoë");
});

test.each([
  ["an object without a status", { hello: "world" }, '{"hello":"world"}'],
  ["a string, without its quotes", "hello", "hello"],
  ["a number", 3.1, "3.1"],
  ["a boolean", true, "true"],
  ["an array", ["hello", 3, true], '["hello",3,true]'],
  ["null", null, "null"],
])("the answer is inferred of %s", (_name, result, body) => {
  const answer = answerTo(result);
  expect(answer).toMatchObject({ statusCode: 200, headers: [json] });
  expect(text(answer)).toBe(body);
});

test("what is inferred keeps its spelling", () => {
  const payload = Buffer.from('{ "big": 12345678901234567890 }');
  expect(functionUrlAnswer(payload, false).body).toEqual(payload);
});

test("a status may be a text; a missing body is empty; a body of members is JSON", () => {
  const answer = answerTo({ statusCode: "418" });
  expect(answer).toMatchObject({ statusCode: 418, headers: [json] });
  expect(text(answer)).toBe("");
  expect(text(answerTo({ statusCode: 200, body: { a: 1 } }))).toBe('{"a":1}');
});

test("a body in Base64 is decoded, if the result says so", () => {
  expect(answerTo({ statusCode: 200, body: "/wA=", isBase64Encoded: true }).body).toEqual(Buffer.from([255, 0]));
  expect(text(answerTo({ statusCode: 200, body: "/wA=" }))).toBe("/wA=");
});

test("headers of the message itself are renamed or dropped", () => {
  const headers = { "Content-Length": "9", connection: "close", Date: "x", server: "mine", "Transfer-Encoding": "x" };
  expect(answerTo({ statusCode: 200, headers }).headers).toEqual([
    json,
    ["x-amzn-Remapped-Content-Length", "9"],
    ["x-amzn-Remapped-connection", "close"],
    ["x-amzn-Remapped-Date", "x"],
    ["x-amzn-Remapped-server", "mine"],
  ]);
});

test("headers beyond ASCII go out as UTF-8", () => {
  const [header] = answerTo({ statusCode: 200, headers: { "Content-Type": "é λ" } }).headers;
  expect(Buffer.from(header?.[1] ?? "", "latin1").toString()).toBe("é λ");
});

describe("what is no answer is 502", () => {
  test.each([
    ["a status below 200", { statusCode: 101 }],
    ["a status above 599", { statusCode: 600 }],
    ["a status that is none", { statusCode: "ok" }],
    ["a fraction", { statusCode: 200.5 }],
    ["null as status", { statusCode: null }],
    ["headers that split", { statusCode: 200, headers: { a: "b\r\nc: d" } }],
    ["a name that is none", { statusCode: 200, headers: { "a b": "c" } }],
    ["a list as value", { statusCode: 200, headers: { a: ["b"] } }],
    ["a list of headers", { statusCode: 200, headers: ["a"] }],
    ["a cookie that splits", { statusCode: 200, cookies: ["a\nb"] }],
    ["cookies that are no list", { statusCode: 200, cookies: "a=1" }],
  ])("%s", (_name, result) => {
    const answer = answerTo(result);
    expect(answer.statusCode).toBe(502);
    expect(text(answer)).toBe("Internal Server Error");
  });

  test("an error, and what is no JSON", () => {
    expect(functionUrlAnswer(Buffer.from('{"statusCode":200}'), true).statusCode).toBe(502);
    expect(functionUrlAnswer(Buffer.from("{"), false).statusCode).toBe(502);
    expect(functionUrlAnswer(Buffer.alloc(0), false).statusCode).toBe(502);
  });
});

test("an HTTP API answers the same, but for 500", () => {
  const payload = Buffer.from('{"statusCode":201,"body":"x","cookies":["a=1"]}');
  expect(httpApiAnswer(payload, false)).toEqual(functionUrlAnswer(payload, false));
  const failed = httpApiAnswer(payload, true);
  expect(failed).toMatchObject({ statusCode: 500, headers: [json] });
  expect(text(failed)).toBe('{"message":"Internal Server Error"}');
});

test("any JSON has an answer that HTTP can carry", () => {
  const result = fc.record(
    {
      statusCode: fc.oneof(fc.integer({ min: 90, max: 610 }), fc.jsonValue()),
      headers: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
      cookies: fc.oneof(fc.array(fc.string({ unit: "binary" })), fc.jsonValue()),
      body: fc.jsonValue(),
      isBase64Encoded: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(result, (value) => {
      const { statusCode, headers } = answerTo(value);
      expect(statusCode).toBeGreaterThanOrEqual(200);
      expect(statusCode).toBeLessThan(600);
      const list = headers.map(([name, each]): [string, string] => [name, each]);
      expect(() => new Headers(list)).not.toThrow();
    }),
  );
});
