/** Function URLs over HTTP. What events and answers look like in detail, `http/` tests. */
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulator, type Emulator } from "../../emulator/index.ts";
import { open, parseAnswer } from "../support/raw-http.ts";

const fixture = (name: string): string => new URL(`../fixtures/functions/${name}`, import.meta.url).pathname;
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({
    functions: {
      Http: { source: fixture("http.ts") },
      cors: {
        source: fixture("http.ts"),
        url: { cors: { allowOrigins: ["https://app.example"], allowMethods: ["POST"], maxAgeSeconds: 60 } },
      },
      pages: { source: fixture("stream-http.ts"), url: { invokeMode: "RESPONSE_STREAM" } },
      buffered: { source: fixture("http.ts"), url: { invokeMode: "RESPONSE_STREAM" } },
      busy: { source: fixture("http.ts"), concurrency: 0 },
    },
  });
});
afterAll(() => emulator.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Paths and headers just as they are written. */
function send(
  path: string,
  {
    method = "GET",
    headers = {},
    body = "",
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(emulator.url);
  return new Promise((resolve, reject) => {
    const sent = { "Content-Length": String(Buffer.byteLength(body)), ...headers };
    httpRequest({ hostname, port, method, path, headers: sent, agent: false }, (response) => {
      text(response).then(
        (received) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received }),
        reject,
      );
    })
      .once("error", reject)
      .end(body);
  });
}
/** What comes back for these bytes, without what differs each time. */
async function exchangeBytes(bytes: string): Promise<string> {
  const { socket, received } = open(Number(new URL(emulator.url).port));
  socket.write(bytes);
  for (;;) {
    const { headers, body } = parseAnswer(received());
    const length = headers.get("content-length");
    if (length === undefined ? body.endsWith("0\r\n\r\n") : Buffer.byteLength(body) >= Number(length)) break;
    // oxlint-disable-next-line no-await-in-loop -- until it is whole
    await new Promise((resolve) => socket.once("data", resolve).once("close", resolve));
  }
  socket.destroy();
  return received()
    .replaceAll(/[\da-f]{8}-[\da-f-]{27}|(?<=oot=1-)[\da-f-]+|(?<=arent=)[\da-f]+/g, "an id")
    .replaceAll(/(?<=Date: ).*|(?<="time":").*?(?=")|(?<="timeEpoch":)\d+/g, "a time")
    .replaceAll(/^(?:connection|keep-alive): .*\r\n/gim, "")
    .replaceAll(/"connection":"close",/g, "");
}

const ask = (result: unknown): Parameters<typeof send>[1] => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ result }),
});

describe("a request", () => {
  test.each([
    ["of a path", "GET /lambda-url/Http/a%20b?x=1&x HTTP/1.1\r\nHost: 127.0.0.1\r\nX-One:  1\t"],
    ["of a host", "PUT / HTTP/1.1\r\nHost: http.lambda-url.localhost:1\r\nContent-Length: 2\r\nCookie: a=b"],
    ["of a stream", "GET /lambda-url/pages/plain HTTP/1.1\r\nHost: localhost"],
    [
      "of a stream, on a path of Lambda",
      "POST /2015-03-31/functions/Http/invocations HTTP/1.1\r\nHost: pages.lambda-url.localhost\r\nContent-Length: 2",
    ],
    ["of nobody", "GET /lambda-url/nobody/ HTTP/1.1\r\nHost: localhost"],
    ["of a foreign host", "GET /lambda-url/Http/ HTTP/1.1\r\nHost: example.com"],
    ["to be refused", "POST /2015-03-31/functions/nobody/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2"],
    ["before another", "OPTIONS /lambda-url/cors/ HTTP/1.1\r\nHost: localhost\r\nOrigin: https://app.example"],
  ])("%s is answered in the same way on a connection that ends with it", async (_what, head) => {
    const body = head.includes("Content-Length") ? "{}" : "";
    const answer = await exchangeBytes(`${head}\r\n\r\n${body}`);
    expect(answer).toMatch(/^HTTP\/1\.1 [2-5]\d\d /);
    expect(await exchangeBytes(`${head}\r\nConnection: close\r\n\r\n${body}`)).toBe(answer);
  });

  test("becomes an event of payload 2.0 whose request id is that of the invocation", async () => {
    const { status, headers, body } = await send("/lambda-url/Http/a%20b/c?x=1&x=2", {
      headers: { Cookie: "s=1; t=2" },
    });
    expect(status).toBe(200);
    const event = JSON.parse(body) as Record<string, unknown>;
    expect(event).toMatchObject({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/a%20b/c",
      rawQueryString: "x=1&x=2",
      queryStringParameters: { x: "1,2" },
      cookies: ["s=1", "t=2"],
      requestContext: {
        apiId: "Http",
        http: { method: "GET", path: "/a b/c" },
        requestId: headers["x-amzn-requestid"],
      },
    });
    expect(headers["x-amzn-trace-id"]).toMatch(/^root=1-[0-9a-f]{8}-[0-9a-f]{24};parent=[0-9a-f]{16};sampled=0$/);
  });

  test("may name the function in its Host header, in lower case", async () => {
    for (const host of ["http.lambda-url.localhost:9000", "http.lambda-url.us-east-1.on.aws"]) {
      // oxlint-disable-next-line no-await-in-loop -- two
      const { body } = await send("/path?q", { headers: { Host: host } });
      expect(JSON.parse(body)).toMatchObject({
        rawPath: "/path",
        rawQueryString: "q",
        requestContext: { apiId: "Http", domainName: expect.stringContaining("lambda-url") as string },
      });
    }
  });

  test("without a path asks for /", async () => {
    expect(JSON.parse((await send("/lambda-url/Http")).body)).toMatchObject({ rawPath: "/" });
    expect(JSON.parse((await send("/lambda-url/Http?x")).body)).toMatchObject({ rawPath: "/", rawQueryString: "x" });
    expect(JSON.parse((await send("/lambda-url/%48ttp/a")).body)).toMatchObject({ rawPath: "/a" });
  });

  test("of any method, with a body that is no text", async () => {
    for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"]) {
      // oxlint-disable-next-line no-await-in-loop -- four
      const { body } = await send("/lambda-url/Http/", {
        method,
        body: "\u0001",
        headers: { "Content-Type": "image/png" },
      });
      expect(JSON.parse(body)).toMatchObject({
        requestContext: { http: { method } },
        body: "AQ==",
        isBase64Encoded: true,
      });
    }
    expect((await send("/lambda-url/Http/", { method: "HEAD" })).body).toBe("");
  });

  test("of a method that Lambda does not take is not emulated", async () => {
    expect(await send("/lambda-url/Http/", { method: "TRACE" })).toMatchObject({
      status: 501,
      body: expect.stringContaining("TRACE /lambda-url/Http/ is not emulated") as string,
    });
  });

  test("to nobody is forbidden, one too many throttled, one too large refused", async () => {
    const unknown = await send("/lambda-url/nobody/");
    expect(unknown).toMatchObject({ status: 403, body: '{"Message":null}' });
    expect(unknown.headers["x-amzn-errortype"]).toBe("AccessDeniedException");
    expect((await send("/lambda-url/busy/")).status).toBe(429);
    const large = await send("/lambda-url/Http/", { method: "POST", body: "x".repeat(5_000_000) });
    expect(large.status).toBe(413);
    expect(large.headers["x-amzn-errortype"]).toBe("RequestEntityTooLargeException");
  });
});

describe("an answer", () => {
  test("has status, headers, cookies and decoded body", async () => {
    const { status, headers, body } = await send(
      "/lambda-url/Http/",
      ask({
        statusCode: 418,
        headers: { "X-Tea": "green", Date: "then" },
        cookies: ["a=1", "b=2"],
        body: "dGVh",
        isBase64Encoded: true,
      }),
    );
    expect({ status, body }).toEqual({ status: 418, body: "tea" });
    expect(headers).toMatchObject({ "x-tea": "green", "set-cookie": ["a=1", "b=2"], "x-amzn-remapped-date": "then" });
  });

  test("is inferred from any other result", async () => {
    expect(await send("/lambda-url/Http/", ask("tea"))).toMatchObject({ status: 200, body: "tea" });
    expect(await send("/lambda-url/Http/", ask([1]))).toMatchObject({ status: 200, body: "[1]" });
  });

  test("of a status without a body has none, and no length", async () => {
    const { status, headers, body } = await send("/lambda-url/Http/", ask({ statusCode: 204, body: "tea" }));
    expect({ status, body, length: headers["content-length"] }).toEqual({ status: 204, body: "", length: undefined });
  });

  test("of a function that fails tells nothing but 502", async () => {
    const answer = await send("/lambda-url/Http/", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: '{"fail":"secret"}',
    });
    expect(answer).toMatchObject({ status: 502, body: "Internal Server Error" });
  });
});

describe("CORS", () => {
  const headers = { Origin: "https://app.example", "Access-Control-Request-Method": "POST" };

  test("is answered without the function, where it is configured", async () => {
    const answer = await send("/lambda-url/cors/", { method: "OPTIONS", headers });
    expect(answer).toMatchObject({ status: 200, body: "" });
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "POST",
      "access-control-max-age": "60",
    });
    const { headers: others } = await send("/lambda-url/cors/", { headers: { Origin: "https://app.example" } });
    expect(others["access-control-allow-origin"]).toBe("https://app.example");
  });

  test("is the function's business where it is not", async () => {
    expect((await send("/lambda-url/Http/", { method: "OPTIONS", headers })).body).toContain('"OPTIONS"');
  });
});

describe("RESPONSE_STREAM", () => {
  test("sends status, headers, cookies and body while the function writes", async () => {
    let hasFirst: () => void = () => {};
    const first = new Promise<void>((resolve) => (hasFirst = resolve));
    const server = createServer((_request, response) => void first.then(() => response.end())).listen(0, "127.0.0.1");
    await once(server, "listening");
    const waitFor = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const response = await fetch(`${emulator.url}/lambda-url/pages/`, {
      method: "POST",
      headers: { "Content-Type": "text/plain" },
      body: waitFor,
    });
    expect(response.status).toBe(201);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/html",
      "x-amzn-remapped-content-length": "5",
    });
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2"]);
    let received = "";
    for await (const piece of response.body ?? []) {
      received += Buffer.from(piece).toString();
      if (received === "<p>") hasFirst();
    }
    expect(received).toBe("<p></p>");
    server.close();
    server.closeAllConnections();
  });

  test("sends other types as they are", async () => {
    const answer = await send("/lambda-url/pages/plain");
    expect(answer).toMatchObject({ status: 200, body: "a,b\n" });
    expect(answer.headers["content-type"]).toBe("text/csv");
  });

  test("of a function that fails: 502 before the first byte, behind it only the end", async () => {
    expect(await send("/lambda-url/pages/early")).toMatchObject({ status: 502, body: "Internal Server Error" });
    expect(await send("/lambda-url/pages/late")).toMatchObject({ status: 201, body: "<p>" });
  });

  test("sends what did not stream as it is, envelope and all", async () => {
    const answer = await send("/lambda-url/buffered/", ask({ statusCode: 418, body: "tea" }));
    expect(answer).toMatchObject({ status: 200, body: '{"statusCode":418,"body":"tea"}' });
  });
});

test.for([
  [{ invokeMode: "FAST" }, "url.invokeMode must be BUFFERED or RESPONSE_STREAM"],
  [{ auth: "NONE" }, 'url has no option "auth"'],
  [{ cors: { allowOrigins: "*" } }, "allowOrigins must be a list"],
] as const)("%j is refused", async ([url, message]) => {
  const functions = { it: { source: fixture("http.ts"), url: url as object } };
  await expect(startEmulator({ functions })).rejects.toMatchObject({
    code: "BAD_OPTIONS",
    message: expect.stringContaining(message) as string,
  });
});
