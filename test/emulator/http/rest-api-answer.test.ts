import type { APIGatewayProxyResult } from "aws-lambda";
import { describe, expect, test } from "vitest";
import type { HttpAnswer } from "../../../emulator/http/http-request.ts";
import { restApiAnswer, type RestApiAnswerOptions } from "../../../emulator/http/rest-api-answer.ts";

const answerTo = (result: unknown, options: RestApiAnswerOptions = {}): HttpAnswer =>
  restApiAnswer(Buffer.from(JSON.stringify(result)), false, options);

test("both maps of headers are merged; of a pair in both there is one", () => {
  const result: APIGatewayProxyResult = {
    statusCode: 404,
    headers: { "X-Kind": "a", "x-other": "1" },
    multiValueHeaders: { "x-kind": ["a", "b"], "set-cookie": ["a=1", "b=2"] },
    body: "none",
  };
  const answer = answerTo(result);
  expect(answer).toMatchObject({
    statusCode: 404,
    headers: [
      ["content-type", "application/json"],
      ["x-other", "1"],
      ["x-kind", "a"],
      ["x-kind", "b"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ],
  });
  expect(answer.body.toString()).toBe("none");
});

test("no member is required", () => {
  expect(answerTo({})).toEqual({
    statusCode: 200,
    headers: [["content-type", "application/json"]],
    body: Buffer.alloc(0),
  });
});

test("headers of the message itself are renamed or dropped", () => {
  const headers = {
    "Content-Type": "text/plain",
    "WWW-Authenticate": "Basic",
    Date: "x",
    Host: "x",
    "Transfer-Encoding": "chunked",
  };
  expect(answerTo({ headers }).headers).toEqual([
    ["Content-Type", "text/plain"],
    ["x-amzn-Remapped-WWW-Authenticate", "Basic"],
    ["x-amzn-Remapped-Date", "x"],
  ]);
});

test.each([
  [{}, "/wA="],
  [{ binaryMediaTypes: ["image/png"] }, "/wA="],
  [{ binaryMediaTypes: ["image/png"], accept: "text/html, image/png" }, "/wA="],
  [{ binaryMediaTypes: ["image/png"], accept: "image/png;q=0.9, text/html" }, Buffer.from([255, 0])],
  [{ binaryMediaTypes: ["*/*"] }, Buffer.from([255, 0])],
])("with %j a body in Base64 goes out as %j", (options, expected) => {
  const answer = answerTo({ statusCode: 200, body: "/wA=", isBase64Encoded: true }, options);
  expect(answer.body).toEqual(Buffer.from(expected as string));
});

test("the member that Java's library writes counts too", () => {
  const answer = answerTo({ body: "/wA=", base64Encoded: true }, { binaryMediaTypes: ["*/*"] });
  expect(answer.body).toEqual(Buffer.from([255, 0]));
});

describe("anything else is 502", () => {
  test.each([
    "text",
    3,
    null,
    [],
    { statusCode: 200, cookies: ["a=1"] },
    { statusCode: 200, body: { a: 1 } },
    { statusCode: 200, headers: { a: ["b"] } },
    { statusCode: 200, multiValueHeaders: { a: "b" } },
    { statusCode: 99 },
  ])("%j", (result) => {
    const answer = answerTo(result);
    expect(answer).toMatchObject({ statusCode: 502, headers: [["content-type", "application/json"]] });
    expect(answer.body.toString()).toBe('{"message": "Internal server error"}');
  });

  test("an error", () => {
    expect(restApiAnswer(Buffer.from('{"statusCode":200}'), true, {}).statusCode).toBe(502);
  });
});
