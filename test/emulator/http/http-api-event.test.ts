import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { expect, test } from "vitest";
import { httpApiEvent, type HttpApiOptions } from "../../../emulator/http/http-api-event.ts";
import type { HttpRequest } from "../../../emulator/http/http-request.ts";
import { httpRequestOf } from "../../support/http-request-of.ts";

// Compiles only while the event is what users' handlers are typed for.
const eventOf = (given: Partial<HttpRequest>, options: Partial<HttpApiOptions> = {}): APIGatewayProxyEventV2 =>
  httpApiEvent(httpRequestOf(given), { apiId: "a1b2c3", routeKey: "$default", ...options });

test("an event tells its route, its API and its account", () => {
  const routeKey = "GET /pets/{id}";
  const event = eventOf(
    { rawPath: "/pets/7", rawQueryString: "tag=a%20b" },
    { routeKey, pathParameters: { id: "7" }, stageVariables: { table: "pets" } },
  );
  expect(event).toMatchObject({
    version: "2.0",
    routeKey,
    rawPath: "/pets/7",
    rawQueryString: "tag=a%20b",
    queryStringParameters: { tag: "a b" },
    pathParameters: { id: "7" },
    stageVariables: { table: "pets" },
    requestContext: { accountId: "123456789012", apiId: "a1b2c3", routeKey, stage: "$default", domainPrefix: "a1b2c3" },
    isBase64Encoded: false,
  });
  expect(event.requestContext.requestId).toMatch(/^[\w-]{15}=$/);
  expect(event.requestContext.requestId).toBe(eventOf({}).requestContext.requestId);
  expect(event.requestContext.requestId).not.toBe(eventOf({ requestId: "another" }).requestContext.requestId);
});

test.each([
  ["/capture/space%20value", "$default", "/capture/space value"],
  ["/a%2Fb", "$default", "/a/b"],
  ["/a%252Fb", "$default", "/a/b"],
  ["/a%3Fb=c", "$default", "/a"],
  ["/pets", "prod", "/prod/pets"],
  ["", "prod", "/prod/"],
])("path %s in stage %s is %s", (rawPath, stage, expected) => {
  const event = eventOf({ rawPath }, { stage });
  expect(event.rawPath).toBe(expected);
  expect(event.requestContext.http.path).toBe(expected);
  expect(event.requestContext.stage).toBe(stage);
});

test("variables of the path are decoded", () => {
  const event = eventOf({ rawPath: "/x/a%20b/c" }, { pathParameters: { proxy: "a%20b/c" } });
  expect(event.pathParameters).toEqual({ proxy: "a b/c" });
});

test("cookies are moved out of the headers, and nothing is said of TLS", () => {
  const event = eventOf({
    headers: [
      ["Cookie", "a=1; b=2"],
      ["X-Own", "1"],
    ],
  });
  expect(event.cookies).toEqual(["a=1", "b=2"]);
  expect(Object.keys(event.headers).toSorted()).toEqual([
    "host",
    "x-amzn-trace-id",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-own",
  ]);
  expect(eventOf({})).not.toHaveProperty("pathParameters");
});
