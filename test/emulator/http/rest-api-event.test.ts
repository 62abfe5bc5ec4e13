import type { APIGatewayProxyEvent } from "aws-lambda";
import { expect, test } from "vitest";
import type { HttpRequest } from "../../../emulator/http/http-request.ts";
import { restApiEvent, type RestApiOptions } from "../../../emulator/http/rest-api-event.ts";
import { httpRequestOf } from "../../support/http-request-of.ts";

// Compiles only while the event is what users' handlers are typed for.
const eventOf = (given: Partial<HttpRequest>, options: Partial<RestApiOptions> = {}): APIGatewayProxyEvent =>
  restApiEvent(httpRequestOf(given), { apiId: "a1b2c3", stage: "prod", resource: "/{proxy+}", ...options });

test("an event has both maps of headers and query, paths as sent and the context of payload 1.0", () => {
  const event = eventOf(
    {
      method: "POST",
      rawPath: "/capture/space%20value",
      rawQueryString: "repeat=one&repeat=two&plus=a+b&encoded=a%2Bb",
      headers: [
        ["User-Agent", "curl/8.7.1"],
        ["Content-Type", "application/json"],
        ["Content-Length", "2"],
        ["X-Probe", "first"],
        ["x-probe", "second"],
        ["Cookie", "a=1"],
      ],
      body: Buffer.from("{}"),
    },
    { pathParameters: { proxy: "capture/space%20value" } },
  );
  const single = {
    "User-Agent": "curl/8.7.1",
    "Content-Type": "application/json",
    Cookie: "a=1",
    Host: "localhost:9000",
    "X-Amzn-Trace-Id": "Root=1-6a5145aa-290a323a5de9a2e0636377d4",
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
  };
  expect(JSON.parse(JSON.stringify(event))).toStrictEqual({
    resource: "/{proxy+}",
    path: "/capture/space%20value",
    httpMethod: "POST",
    headers: { ...single, "X-Probe": "second" },
    multiValueHeaders: {
      ...Object.fromEntries(Object.entries(single).map(([name, value]) => [name, [value]])),
      "X-Probe": ["first", "second"],
    },
    queryStringParameters: { repeat: "two", plus: "a b", encoded: "a+b" },
    multiValueQueryStringParameters: { repeat: ["one", "two"], plus: ["a b"], encoded: ["a+b"] },
    pathParameters: { proxy: "capture/space%20value" },
    stageVariables: null,
    requestContext: {
      resourceId: expect.stringMatching(/^[0-9a-z]{6}$/) as string,
      resourcePath: "/{proxy+}",
      httpMethod: "POST",
      extendedRequestId: expect.stringMatching(/^[\w-]{15}=$/) as string,
      requestTime: "10/Jul/2026:19:19:06 +0000",
      path: "/prod/capture/space%20value",
      accountId: "123456789012",
      protocol: "HTTP/1.1",
      stage: "prod",
      domainPrefix: "a1b2c3",
      requestTimeEpoch: 1_783_711_146_671,
      requestId: "d16a6b55-dea9-4b23-8499-eb85c3d2d904",
      identity: {
        accessKey: null,
        accountId: null,
        apiKey: null,
        apiKeyId: null,
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: "127.0.0.1",
        user: null,
        userAgent: "curl/8.7.1",
        userArn: null,
      },
      domainName: "localhost:9000",
      apiId: "a1b2c3",
    },
    body: "{}",
    isBase64Encoded: false,
  });
});

test("what a request does not have is null", () => {
  expect(eventOf({ headers: [], rawPath: "" })).toMatchObject({
    path: "/",
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    body: null,
    isBase64Encoded: false,
    requestContext: { path: "/prod/", identity: { userAgent: null } },
  });
});

test.each([
  ["image/png", [], false],
  ["image/png", ["image/png"], true],
  ["Image/PNG; q=1", ["image/png"], true],
  ["image/png", ["image/*"], true],
  ["imagery/png", ["image/*"], false],
  ["application/json", ["*/*"], true],
  [undefined, ["image/png", ""], false],
])("a body of type %s with binary types %j is in Base64: %s", (contentType, binaryMediaTypes, isBase64Encoded) => {
  const headers: HttpRequest["headers"] = contentType === undefined ? [] : [["content-type", contentType]];
  const event = eventOf({ method: "POST", headers, body: Buffer.from("a=1") }, { binaryMediaTypes });
  expect(event).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? "YT0x" : "a=1" });
});
