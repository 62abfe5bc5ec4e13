import { describe, expect, test } from "vitest";
import { EmulatorError } from "../../../emulator/errors.ts";
import { checkCors, corsHeaders, preflightAnswer, withoutCorsHeaders, type Cors } from "../../../emulator/http/cors.ts";
import type { HttpRequest } from "../../../emulator/http/http-request.ts";
import { httpRequestOf } from "../../support/http-request-of.ts";

const site = "https://www.example.com";
const from = (origin: string): HttpRequest => httpRequestOf({ headers: [["Origin", origin]] });
const preflight = (more: HttpRequest["headers"] = []): HttpRequest =>
  httpRequestOf({
    method: "OPTIONS",
    headers: [["Origin", site], ["Access-Control-Request-Method", "PUT"], ...more],
  });

describe("an answer", () => {
  test.each<[string, Cors, string, readonly (readonly [string, string])[]]>([
    ["*", { allowOrigins: ["*"] }, site, [["access-control-allow-origin", "*"]]],
    [
      "the origin itself",
      { allowOrigins: ["https://other.example", site] },
      site,
      [
        ["access-control-allow-origin", site],
        ["vary", "Origin"],
      ],
    ],
    [
      "the origin even where * allows it, with credentials",
      { allowOrigins: ["*"], allowCredentials: true, exposeHeaders: ["Date", "x-id"] },
      site,
      [
        ["access-control-allow-origin", site],
        ["access-control-allow-credentials", "true"],
        ["vary", "Origin"],
        ["access-control-expose-headers", "Date,x-id"],
      ],
    ],
    [
      "an origin of the scheme",
      { allowOrigins: ["https://*"] },
      site,
      [
        ["access-control-allow-origin", site],
        ["vary", "Origin"],
      ],
    ],
    ["nothing to an origin of another scheme", { allowOrigins: ["https://*"] }, "http://www.example.com", []],
    ["nothing to an origin that only begins alike", { allowOrigins: [site] }, `${site}.evil.example`, []],
    ["nothing where no origin is configured", { exposeHeaders: ["*"] }, site, []],
  ])("allows %s", (_name, cors, origin, headers) => {
    expect(corsHeaders(cors, from(origin))).toEqual(headers);
  });

  test("has no CORS headers if nobody asks", () => {
    expect(corsHeaders({ allowOrigins: ["*"] }, httpRequestOf())).toEqual([]);
  });

  test("of an HTTP API has none of the function's", () => {
    const headers = [
      ["Access-Control-Allow-Origin", "*"],
      ["x-own", "1"],
    ] as const;
    expect(withoutCorsHeaders(headers)).toEqual([["x-own", "1"]]);
  });
});

describe("a preflight", () => {
  const cors: Cors = {
    allowOrigins: [site],
    allowMethods: ["GET", "PUT"],
    allowHeaders: ["content-type", "x-own"],
    exposeHeaders: ["x-id"],
    maxAgeSeconds: 0,
  };

  test("is answered as configured, whatever it asks for", () => {
    expect(preflightAnswer(cors, preflight())).toEqual({
      statusCode: 200,
      headers: [
        ["access-control-allow-origin", site],
        ["vary", "Origin"],
        ["access-control-allow-methods", "GET,PUT"],
        ["access-control-allow-headers", "content-type,x-own"],
        ["access-control-max-age", "0"],
      ],
      body: Buffer.alloc(0),
    });
    expect(preflightAnswer(cors, preflight(), 204)?.statusCode).toBe(204);
  });

  test("with credentials is never answered by *", () => {
    const all: Cors = { allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"] };
    const asking = preflight([["Access-Control-Request-Headers", "x-a,x-b"]]);
    expect(preflightAnswer(all, asking)?.headers).toEqual([
      ["access-control-allow-origin", "*"],
      ["access-control-allow-methods", "*"],
      ["access-control-allow-headers", "*"],
    ]);
    const credentials = { ...all, allowCredentials: true };
    expect(preflightAnswer(credentials, asking)?.headers.slice(3)).toEqual([
      ["access-control-allow-methods", "PUT"],
      ["access-control-allow-headers", "x-a,x-b"],
    ]);
    expect(preflightAnswer(credentials, preflight())?.headers.slice(3)).toEqual([
      ["access-control-allow-methods", "PUT"],
    ]);
  });

  test("of an origin that is not allowed is answered without any header", () => {
    expect(preflightAnswer({ ...cors, allowOrigins: [] }, preflight())).toMatchObject({ statusCode: 200, headers: [] });
  });

  test("is OPTIONS with an origin and a method", () => {
    const { headers } = preflight();
    expect(preflightAnswer(cors, { ...preflight(), method: "GET" })).toBeUndefined();
    expect(preflightAnswer(cors, { ...preflight(), headers: headers.slice(1) })).toBeUndefined();
    expect(preflightAnswer(cors, { ...preflight(), headers: headers.slice(0, 1) })).toBeUndefined();
  });
});

describe("a configuration", () => {
  test("may have every member at its limit", () => {
    const cors = {
      allowOrigins: Array.from({ length: 100 }, () => "x".repeat(253)),
      allowMethods: ["GET", "PUT", "HEAD", "POST", "PATCH", "DELETE"],
      allowHeaders: ["*"],
      exposeHeaders: undefined,
      allowCredentials: true,
      maxAgeSeconds: 86_400,
    };
    expect(() => checkCors("Function api", cors)).not.toThrow();
    expect(() => checkCors("Function api", {})).not.toThrow();
  });

  test.each([
    [null, "must be an object"],
    [[], "must be an object"],
    [{ AllowOrigins: ["*"] }, 'no member "AllowOrigins"'],
    [{ allowOrigins: "*" }, "allowOrigins must be a list"],
    [{ allowOrigins: [""] }, "allowOrigins must be a list"],
    [{ allowOrigins: ["x".repeat(254)] }, "1 to 253 characters"],
    [{ allowOrigins: Array.from({ length: 101 }, () => "*") }, "at most 100"],
    [{ allowHeaders: ["a\r\nb: c"] }, "allowHeaders must be a list"],
    [{ allowMethods: ["OPTIONS"] }, 'allowMethods has "OPTIONS"'],
    [{ allowMethods: ["get"] }, 'allowMethods has "get"'],
    [{ allowCredentials: "yes" }, "true or false"],
    [{ maxAgeSeconds: 86_401 }, "from 0 to 86400"],
    [{ maxAgeSeconds: 1.5 }, "from 0 to 86400"],
    [{ maxAgeSeconds: "1" }, "from 0 to 86400"],
  ])("such as %j is refused", (cors, message) => {
    const check = (): void => checkCors("Function api", cors);
    expect(check).toThrow(EmulatorError);
    expect(check).toThrow(message);
    expect(check).toThrow(/^Function api: /);
  });
});
