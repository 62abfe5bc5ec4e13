import type { ALBResult } from "aws-lambda";
import { describe, expect, test } from "vitest";
import type { HttpAnswer } from "../../../emulator/http/http-request.ts";
import { loadBalancerAnswer, maxLoadBalancerBytes } from "../../../emulator/http/load-balancer-answer.ts";

const answerTo = (result: unknown, multiValueHeaders = false): HttpAnswer =>
  loadBalancerAnswer(Buffer.from(JSON.stringify(result)), false, { multiValueHeaders });

const result: ALBResult = {
  statusCode: 200,
  statusDescription: "200 OK",
  headers: { "Content-Type": "text/html", "Content-Length": 99, Connection: "close" },
  multiValueHeaders: { "Content-Type": ["text/plain"], "Set-Cookie": ["a=1", "b=2"] },
  body: "PGI+",
  isBase64Encoded: true,
};

test("the map of the mode is read, and only that", () => {
  expect(answerTo(result)).toEqual({
    statusCode: 200,
    headers: [["Content-Type", "text/html"]],
    body: Buffer.from("<b>"),
  });
  expect(answerTo(result, true).headers).toEqual([
    ["Content-Type", "text/plain"],
    ["Set-Cookie", "a=1"],
    ["Set-Cookie", "b=2"],
  ]);
});

test("an answer may be a status alone", () => {
  expect(answerTo({ statusCode: 204 })).toEqual({
    statusCode: 204,
    headers: [["content-type", "application/octet-stream"]],
    body: Buffer.alloc(0),
  });
});

describe("anything else is 502", () => {
  test.each(["text", null, {}, { statusCode: "200" }, { statusCode: 200, body: {} }, { statusCode: 200, headers: [] }])(
    "%j",
    (malformed) => {
      const answer = answerTo(malformed);
      expect(answer).toMatchObject({ statusCode: 502, headers: [["content-type", "text/html"]] });
      expect(answer.body.toString()).toContain("<h1>502 Bad Gateway</h1>");
    },
  );

  test("an error, and a result of more than 1 MiB", () => {
    expect(loadBalancerAnswer(Buffer.from('{"statusCode":200}'), true).statusCode).toBe(502);
    const longest = maxLoadBalancerBytes - Buffer.byteLength(JSON.stringify({ statusCode: 200, body: "" }));
    expect(answerTo({ statusCode: 200, body: "x".repeat(longest) }).statusCode).toBe(200);
    expect(answerTo({ statusCode: 200, body: "x".repeat(longest + 1) }).statusCode).toBe(502);
  });
});
