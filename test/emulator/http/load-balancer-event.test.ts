import type { ALBEvent } from "aws-lambda";
import { expect, test } from "vitest";
import type { HttpRequest } from "../../../emulator/http/http-request.ts";
import { loadBalancerEvent, type LoadBalancerOptions } from "../../../emulator/http/load-balancer-event.ts";
import { httpRequestOf } from "../../support/http-request-of.ts";

const targetGroupArn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/pets/d6190d154bc908a5";
// Compiles only while the event is what users' handlers are typed for.
const eventOf = (given: Partial<HttpRequest>, options: Partial<LoadBalancerOptions> = {}): ALBEvent =>
  loadBalancerEvent(httpRequestOf(given), { targetGroupArn, ...options });

const post: Partial<HttpRequest> = {
  method: "POST",
  rawPath: "/capture/space%20value",
  rawQueryString: "repeat=one&repeat=two&plus=a+b&encoded=a%2Bb&empty",
  headers: [
    ["Content-Type", "application/json"],
    ["Connection", "keep-alive"],
    ["X-Probe", "first"],
    ["x-probe", "second"],
  ],
  body: Buffer.from("{}"),
};
const ownHeaders = {
  host: "localhost:9000",
  "x-amzn-trace-id": "Root=1-6a5145aa-290a323a5de9a2e0636377d4",
  "x-forwarded-for": "127.0.0.1",
  "x-forwarded-port": "80",
  "x-forwarded-proto": "http",
};

test("nothing is decoded, and the last of several values counts", () => {
  expect(eventOf(post)).toStrictEqual({
    requestContext: { elb: { targetGroupArn } },
    httpMethod: "POST",
    path: "/capture/space%20value",
    queryStringParameters: { repeat: "two", plus: "a+b", encoded: "a%2Bb", empty: "" },
    headers: { "content-type": "application/json", connection: "keep-alive", "x-probe": "second", ...ownHeaders },
    body: "{}",
    isBase64Encoded: false,
  });
});

test("with multi-value headers there are lists, and only lists", () => {
  const event = eventOf(post, { multiValueHeaders: true, listener: { protocol: "https", port: 8443 } });
  expect(event).not.toHaveProperty("headers");
  expect(event).not.toHaveProperty("queryStringParameters");
  expect(event.multiValueQueryStringParameters).toEqual({
    repeat: ["one", "two"],
    plus: ["a+b"],
    encoded: ["a%2Bb"],
    empty: [""],
  });
  expect(event.multiValueHeaders).toMatchObject({
    "x-probe": ["first", "second"],
    "x-forwarded-port": ["8443"],
    "x-forwarded-proto": ["https"],
  });
});

test("an empty body is an empty text, an absent query an empty map", () => {
  expect(eventOf({})).toMatchObject({ body: "", isBase64Encoded: false, queryStringParameters: {} });
});

test("a body is in Base64 if it is encoded, or no text", () => {
  const json = ["Content-Type", "application/json"] as const;
  expect(eventOf({ ...post, headers: [json, ["Content-Encoding", "gzip"]] })).toMatchObject({ body: "e30=" });
  expect(eventOf({ ...post, headers: [["Content-Type", "image/png"]] })).toMatchObject({ isBase64Encoded: true });
});
