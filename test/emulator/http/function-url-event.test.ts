import type { LambdaFunctionURLEvent } from "aws-lambda";
import { expect, test } from "vitest";
import { functionUrlEvent } from "../../../emulator/http/function-url-event.ts";
import type { HttpRequest } from "../../../emulator/http/http-request.ts";
import { httpRequestOf } from "../../support/http-request-of.ts";

// Compiles only while the event is what users' handlers are typed for.
const eventOf = (given: Partial<HttpRequest>): LambdaFunctionURLEvent =>
  functionUrlEvent(httpRequestOf(given), { urlId: "abc" });

test("an event is as recorded on AWS", () => {
  const host = "abc.lambda-url.us-west-2.on.aws";
  const event = eventOf({
    method: "POST",
    rawPath: "/capture/space%20value",
    rawQueryString: "repeat=one&repeat=two&literalPlus=a+b&encodedPlus=a%2Bb&empty=",
    headers: [
      ["Host", host],
      ["User-Agent", "curl/8.7.1"],
      ["Accept", "*/*"],
      ["Content-Type", "application/json"],
      ["Cookie", "session=abc123; theme=dark"],
      ["X-Probe", "first"],
      ["x-probe", "second"],
      ["Content-Length", "16"],
      ["Connection", "keep-alive"],
    ],
    host,
    sourceIp: "192.0.2.18",
    body: Buffer.from('{"message":"λ"}'),
  });
  expect(JSON.parse(JSON.stringify(event))).toStrictEqual({
    version: "2.0",
    routeKey: "$default",
    rawPath: "/capture/space%20value",
    rawQueryString: "repeat=one&repeat=two&literalPlus=a+b&encodedPlus=a%2Bb&empty=",
    cookies: ["session=abc123", "theme=dark"],
    headers: {
      accept: "*/*",
      "content-length": "16",
      "content-type": "application/json",
      cookie: "session=abc123; theme=dark",
      host,
      "user-agent": "curl/8.7.1",
      "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
      "x-amzn-tls-version": "TLSv1.3",
      "x-amzn-trace-id": "Root=1-6a5145aa-290a323a5de9a2e0636377d4",
      "x-forwarded-for": "192.0.2.18",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
      "x-probe": "first,second",
    },
    queryStringParameters: { repeat: "one,two", literalPlus: "a b", encodedPlus: "a+b", empty: "" },
    requestContext: {
      accountId: "anonymous",
      apiId: "abc",
      domainName: host,
      domainPrefix: "abc",
      http: {
        method: "POST",
        path: "/capture/space value",
        protocol: "HTTP/1.1",
        sourceIp: "192.0.2.18",
        userAgent: "curl/8.7.1",
      },
      requestId: "d16a6b55-dea9-4b23-8499-eb85c3d2d904",
      routeKey: "$default",
      stage: "$default",
      time: "10/Jul/2026:19:19:06 +0000",
      timeEpoch: 1_783_711_146_671,
    },
    body: '{"message":"λ"}',
    isBase64Encoded: false,
  });
});

test("what a request does not have is not in the event", () => {
  const event = eventOf({ rawPath: "", headers: [] });
  expect(Object.keys(event)).toEqual([
    "version",
    "routeKey",
    "rawPath",
    "rawQueryString",
    "headers",
    "requestContext",
    "isBase64Encoded",
  ]);
  expect(event).toMatchObject({ rawPath: "/", rawQueryString: "", isBase64Encoded: false });
  expect(event.requestContext.http).toMatchObject({ path: "/", userAgent: "" });
});

test.each([
  ["text/plain; charset=iso-8859-1", true],
  ["TEXT/HTML", true],
  ["application/json;charset=utf-8", true],
  ["application/xml", true],
  ["application/javascript", true],
  ["application/x-www-form-urlencoded", false],
  ["multipart/form-data; boundary=x", false],
  ["application/problem+json", false],
  ["application/octet-stream", false],
  [undefined, false],
])("a body of type %s is text: %s", (contentType, isText) => {
  const event = eventOf({
    method: "POST",
    headers: contentType === undefined ? [] : [["content-type", contentType]],
    body: Buffer.from("a=1"),
  });
  expect(event).toMatchObject({ body: isText ? "a=1" : "YT0x", isBase64Encoded: !isText });
});

test("bytes come back out of Base64", () => {
  const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const event = eventOf({ method: "PUT", headers: [["Content-Type", "image/png"]], body });
  expect(Buffer.from(event.body ?? "", "base64")).toEqual(body);
});

test("malformed escapes stay, and no name is special", () => {
  const event = eventOf({
    rawPath: "/100%/%zz/%ce%bb%ff",
    rawQueryString: "&&__proto__=a&constructor&=b&x=%&x==",
    headers: [["__proto__", "here"]],
  });
  expect(event.requestContext.http.path).toBe("/100%/%zz/λ\u{fffd}");
  expect(Object.entries(event.queryStringParameters ?? {})).toEqual([
    ["__proto__", "a"],
    ["constructor", ""],
    ["", "b"],
    ["x", "%,="],
  ]);
  expect(Object.entries(event.headers)).toContainEqual(["__proto__", "here"]);
});

test("a caller's trace and addresses are passed on; what the front end knows itself is not taken from it", () => {
  const { headers, cookies } = eventOf({
    headers: [
      ["X-Amzn-Trace-Id", "Root=1-a-b;Sampled=1"],
      ["X-Forwarded-For", "198.51.100.7"],
      ["X-Forwarded-Proto", "http"],
      ["X-Amzn-Tls-Version", "SSLv2"],
      ["Host", "elsewhere.example"],
      ["Cookie", "a=1;b=2; "],
      ["Cookie", "c=3"],
      ["Transfer-Encoding", "chunked"],
    ],
  });
  expect(headers).toMatchObject({
    "x-amzn-trace-id": "Root=1-a-b;Sampled=1",
    "x-forwarded-for": "198.51.100.7, 127.0.0.1",
    "x-forwarded-proto": "https",
    "x-amzn-tls-version": "TLSv1.3",
    host: "localhost:9000",
    cookie: "a=1;b=2; ; c=3",
  });
  expect(headers).not.toHaveProperty("transfer-encoding");
  expect(cookies).toEqual(["a=1", "b=2", "c=3"]);
});
