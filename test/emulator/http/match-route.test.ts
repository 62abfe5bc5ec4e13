import { describe, expect, test } from "vitest";
import { EmulatorError } from "../../../emulator/errors.ts";
import { matchRoute, parseRoutes } from "../../../emulator/http/match-route.ts";

describe("the most specific route takes a request", () => {
  // The example of the API Gateway developer guide, and what it leaves open.
  const routes = parseRoutes([
    "$default",
    "ANY /{proxy+}",
    "GET /pets/{proxy+}",
    "GET /pets/dog/{id}",
    "ANY /pets/dog/1",
    "GET /pets/dog/1",
    "GET /{kind}/dog/{id}/toys",
    "POST /",
  ]);

  test.each([
    ["GET", "/pets/dog/1", "GET /pets/dog/1", {}],
    ["PUT", "/pets/dog/1", "ANY /pets/dog/1", {}],
    ["GET", "/pets/dog/2", "GET /pets/dog/{id}", { id: "2" }],
    ["GET", "/pets/d%6Fg/a%2Fb", "GET /pets/dog/{id}", { id: "a%2Fb" }],
    ["GET", "/pets/cat/3", "GET /pets/{proxy+}", { proxy: "cat/3" }],
    ["GET", "/pets/dog/3/toys", "GET /{kind}/dog/{id}/toys", { kind: "pets", id: "3" }],
    ["POST", "/pets/dog/2", "ANY /{proxy+}", { proxy: "pets/dog/2" }],
    ["GET", "/pets/", "ANY /{proxy+}", { proxy: "pets/" }],
    ["POST", "/", "POST /", {}],
    ["GET", "/", "$default", {}],
  ])("%s %s takes %s", (method, path, routeKey, pathParameters) => {
    expect(matchRoute(routes, method, path)).toMatchObject({ routeKey, pathParameters });
  });
});

test("what no route takes has none", () => {
  const routes = parseRoutes(["GET /pets/{id}"]);
  for (const path of ["/", "/pets", "/pets/", "/pets/1/", "/pets/1/2", "/PETS/1", ""]) {
    expect(matchRoute(routes, "GET", path), path).toBeUndefined();
  }
  expect(matchRoute(routes, "POST", "/pets/1")).toBeUndefined();
});

test("a match tells the resource", () => {
  expect(matchRoute(parseRoutes(["ANY /a/{__proto__}"]), "GET", "/a/b")).toEqual({
    routeKey: "ANY /a/{__proto__}",
    resource: "/a/{__proto__}",
    pathParameters: Object.fromEntries([["__proto__", "b"]]),
  });
});

test.each([
  [[""], /^"" is not a route: it begins with none of ANY, DELETE, GET/],
  [["/pets"], /it begins with none of ANY, DELETE, GET/],
  [["get /pets"], /it begins with none of ANY, DELETE, GET/],
  [["GET"], /a single path, which begins with \/$/],
  [["GET pets"], /a single path, which begins with \/$/],
  [["GET /pets /dogs"], /a single path, which begins with \/$/],
  [["GET /{proxy+}/more"], /must come last/],
  [["GET /a{id}"], /whole segment/],
  [["GET /{id}/{id}"], /the name of another/],
  [["GET /{id}", "GET /{name}"], /take the same requests/],
  [["$default", "$default"], /take the same requests/],
])("%j is refused", (routeKeys, message) => {
  const parse = (): unknown => parseRoutes(routeKeys);
  expect(parse).toThrow(EmulatorError);
  expect(parse).toThrow(message);
});
