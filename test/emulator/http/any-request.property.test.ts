/** Whatever a caller sends, there is an event, and nothing of it is lost. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { functionUrlEvent } from "../../../emulator/http/function-url-event.ts";
import { httpApiEvent } from "../../../emulator/http/http-api-event.ts";
import type { HttpRequest } from "../../../emulator/http/http-request.ts";
import { loadBalancerEvent } from "../../../emulator/http/load-balancer-event.ts";
import { matchRoute, parseRoutes } from "../../../emulator/http/match-route.ts";
import { restApiEvent } from "../../../emulator/http/rest-api-event.ts";
import { httpRequestOf } from "../../support/http-request-of.ts";

const visible = fc.stringMatching(/^[!-~]{0,30}$/);
const name = fc.oneof(
  fc.constantFrom("Cookie", "Content-Type", "content-encoding", "X-Forwarded-For", "__proto__", "constructor"),
  fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,10}$/),
);
const value = fc.oneof(fc.constantFrom("text/plain", "application/json", "a=1; b"), fc.stringMatching(/^[ -~]{0,20}$/));
const request: fc.Arbitrary<HttpRequest> = fc
  .record({
    rawPath: visible.map((path) => `/${path}`),
    rawQueryString: visible,
    headers: fc.array(fc.tuple(name, value), { maxLength: 6 }),
    text: fc.string({ unit: "grapheme" }),
  })
  .map(({ text, ...given }) => httpRequestOf({ ...given, body: Buffer.from(text) }));

interface AnyEvent {
  readonly body?: string | null;
  readonly isBase64Encoded: boolean;
}

test("every event is JSON, and has the body that was sent", () => {
  const routes = parseRoutes(["GET /{first}/{rest+}", "$default"]);
  fc.assert(
    fc.property(request, (each) => {
      const match = matchRoute(routes, each.method, each.rawPath);
      const { routeKey = "", pathParameters } = match ?? {};
      const events: AnyEvent[] = [
        functionUrlEvent(each, { urlId: "abc" }),
        httpApiEvent(each, { apiId: "abc", routeKey, pathParameters }),
        restApiEvent(each, { apiId: "abc", stage: "prod", resource: "/", binaryMediaTypes: ["application/json"] }),
        loadBalancerEvent(each, { targetGroupArn: "arn" }),
        loadBalancerEvent(each, { targetGroupArn: "arn", multiValueHeaders: true }),
      ];
      for (const event of events) {
        const { body, isBase64Encoded } = JSON.parse(JSON.stringify(event)) as AnyEvent;
        expect(Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8")).toEqual(each.body);
      }
      expect(Object.values(pathParameters ?? {}).join("/")).toBe(routeKey === "$default" ? "" : each.rawPath.slice(1));
    }),
  );
});
