/** Routes of an API in front of functions. What events and answers look like in detail, `http/` tests. */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, vi } from "vitest";
import { startEmulator, type ApiOptions, type Emulator } from "../../emulator/index.ts";
import { test } from "../support/temporary-folder.ts";

const source = new URL("../fixtures/functions/http.ts", import.meta.url).pathname;
let emulator: Emulator | undefined;
afterEach(() => emulator?.close());

async function start(api: ApiOptions): Promise<string> {
  emulator = await startEmulator({ functions: { pets: { source }, rest: { source } }, api });
  return emulator.url;
}
const ask = (result: unknown): RequestInit => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ result }),
});

describe("an HTTP API", () => {
  const api: ApiOptions = {
    type: "http-api",
    routes: { "GET /pets/{id}": "pets", $default: "rest" },
    cors: { allowOrigins: ["*"], allowMethods: ["GET"] },
  };

  test("takes the route, and gives its key and variables to the function", async () => {
    const url = await start(api);
    const event = (await (await fetch(`${url}/pets/a%2Fb?x=1`)).json()) as object;
    expect(event).toMatchObject({
      version: "2.0",
      routeKey: "GET /pets/{id}",
      rawPath: "/pets/a/b",
      pathParameters: { id: "a/b" },
      queryStringParameters: { x: "1" },
    });
    expect(await (await fetch(`${url}/anything`)).json()).toMatchObject({ routeKey: "$default" });
  });

  test("answers preflights, errors, and what it has no route for", async () => {
    const url = await start(api);
    const headers = { Origin: "https://app.example", "Access-Control-Request-Method": "GET" };
    expect((await fetch(`${url}/`, { method: "OPTIONS", headers })).status).toBe(204);
    const failed = await fetch(`${url}/`, { ...ask(1), body: '{"fail":"secret"}' });
    expect(failed.status).toBe(500);
    expect(await failed.text()).toBe('{"message":"Internal Server Error"}');
    await emulator?.close();
    const other = await start({ type: "http-api", routes: { "GET /": "pets" } });
    const missing = await fetch(`${other}/nothing`);
    expect([missing.status, await missing.text()]).toEqual([404, '{"message":"Not Found"}']);
  });

  test("leaves Lambda's own paths alone", async () => {
    const url = await start(api);
    const invoked = await fetch(`${url}/2015-03-31/functions/pets/invocations`, { method: "POST", body: "{}" });
    expect(invoked.headers.get("x-amz-executed-version")).toBe("$LATEST");
    expect((await fetch(`${url}/2015-03-31/functions`, { method: "POST" })).status).toBe(501);
  });
});

describe("a REST API", () => {
  test("has events of payload 1.0, and decodes for those who accept the type", async () => {
    const url = await start({
      type: "rest-api",
      stage: "prod",
      routes: { "ANY /{proxy+}": "rest" },
      binaryMediaTypes: ["image/png"],
    });
    expect(await (await fetch(`${url}/a/b?x=1&x=2`)).json()).toMatchObject({
      resource: "/{proxy+}",
      path: "/a/b",
      httpMethod: "GET",
      pathParameters: { proxy: "a/b" },
      multiValueQueryStringParameters: { x: ["1", "2"] },
      requestContext: { stage: "prod", path: "/prod/a/b" },
    });
    const result = { statusCode: 200, headers: { "Content-Type": "image/png" }, body: "dGVh", isBase64Encoded: true };
    const init = ask(result);
    const accepting = { "Content-Type": "application/json", Accept: "image/png" };
    expect(await (await fetch(`${url}/a`, { ...init, headers: accepting })).text()).toBe("tea");
    expect(await (await fetch(`${url}/a`, init)).text()).toBe("dGVh");
    expect((await fetch(`${url}/a`, ask("no object"))).status).toBe(502);
    expect((await fetch(`${url}/`)).status).toBe(403);
  });
});

describe("a REST API that streams", () => {
  const streamSource = new URL("../fixtures/functions/stream-http.ts", import.meta.url).pathname;
  const startStreaming = async (): Promise<string> => {
    emulator = await startEmulator({
      functions: { pages: { source: streamSource }, buffered: { source } },
      api: {
        type: "rest-api",
        routes: { "ANY /{proxy+}": "pages", "POST /buffered": "buffered" },
        responseTransferMode: "STREAM",
      },
    });
    return emulator.url;
  };

  test("sends status, headers and each piece while the function goes on", async () => {
    const url = await startStreaming();
    const { promise: asked, resolve: go } = Promise.withResolvers<() => void>();
    const waiting = createServer((_request, response) => go(() => response.end())).listen(0, "127.0.0.1");
    await once(waiting, "listening");
    const { port } = waiting.address() as AddressInfo;
    const response = await fetch(`${url}/page`, { method: "POST", body: `http://127.0.0.1:${port}` });
    expect(response.status).toBe(201);
    expect(response.headers.get("content-type")).toBe("text/html");
    expect(response.headers.get("x-amzn-remapped-content-length")).toBe("5");
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2"]);
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe("<p>");
    (await asked)();
    expect((await reader.read()).value).toBe("</p>");
    expect((await reader.read()).done).toBe(true);
    waiting.close();
  });

  test("answers 500 for an error before the first byte, and for what is no stream of its form", async () => {
    const url = await startStreaming();
    const answers = [
      await fetch(`${url}/early`),
      await fetch(`${url}/plain`),
      await fetch(`${url}/buffered`, ask({ statusCode: 200, body: "x" })),
    ];
    for (const answer of answers) {
      expect([answer.status, await answer.text()]).toEqual([500, '{"message": "Internal server error"}']);
    }
  });
});

describe("a load balancer", () => {
  test("has events of its own, limits, and pages for errors", async () => {
    const url = await start({ type: "load-balancer", multiValueHeaders: true, routes: { $default: "rest" } });
    expect(await (await fetch(`${url}/a%20b?x=%20`)).json()).toMatchObject({
      requestContext: {
        elb: { targetGroupArn: expect.stringMatching(/^arn:aws:elasticloadbalancing:us-east-1:/) as string },
      },
      path: "/a%20b",
      multiValueQueryStringParameters: { x: ["%20"] },
    });
    expect((await fetch(`${url}/`, ask("no object"))).status).toBe(502);
    const large = await fetch(`${url}/`, { method: "POST", body: "x".repeat(1_048_577) });
    expect(large.status).toBe(413);
  });
});

test.for([
  [{ type: "soap", routes: {} }, "api.type must be one of http-api, rest-api, load-balancer"],
  [
    { type: "http-api", routes: { "GET /": "nobody" } },
    'The route "GET /" leads to nobody, which is not emulated here',
  ],
  [{ type: "http-api", routes: { "FETCH /": "pets" } }, '"FETCH /" is not a route'],
  [{ type: "http-api", routes: { "GET /": 7 } }, "api.routes must be an object with the name of a function for each"],
  [{ type: "http-api", routes: {}, stages: "x" }, 'api has no option "stages"'],
  [{ type: "http-api", routes: {}, stage: 7 }, "api.stage must be a text"],
  [{ type: "http-api", routes: {}, stageVariables: ["a"] }, "api.stageVariables must be an object of texts"],
  [{ type: "rest-api", routes: {}, cors: {} }, "api.cors is an option of http-api, not of rest-api"],
  [{ type: "rest-api", routes: {}, binaryMediaTypes: "*/*" }, "api.binaryMediaTypes must be an array of texts"],
  [{ type: "rest-api", routes: {}, responseTransferMode: "stream" }, "must be BUFFERED or STREAM"],
  [{ type: "http-api", routes: {}, responseTransferMode: "STREAM" }, "is an option of rest-api, not of http-api"],
  [{ type: "load-balancer", routes: {}, stage: "x" }, "api.stage is an option of http-api and rest-api, not of load"],
] as const)("%j is refused", async ([api, message]) => {
  await expect(start(api as unknown as ApiOptions)).rejects.toMatchObject({
    code: "BAD_OPTIONS",
    message: expect.stringContaining(message) as string,
  });
});

test("what is refused leaves no folder behind", async ({ folder }) => {
  vi.stubEnv("TMPDIR", folder);
  await expect(start({ type: "http-api", routes: { "GET /": "nobody" } })).rejects.toThrow("nobody");
  vi.unstubAllEnvs();
  expect(readdirSync(folder)).toEqual([]);
});
