import { request } from "node:http";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulator, type Emulator } from "../../emulator/index.ts";

const fixture = (name: string): string => new URL(`../fixtures/functions/${name}`, import.meta.url).pathname;
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({
    functions: {
      hello: { source: new URL("../../examples/hello/handler.ts", import.meta.url).pathname },
      misbehave: { source: fixture("misbehave.ts") },
      single: { source: fixture("misbehave.ts"), concurrency: 1, timeoutMs: 1000 },
    },
  });
});
afterAll(() => emulator.close());

function post(name: string, body: string, headers: Record<string, string> = {}, query = ""): Promise<Response> {
  return fetch(`${emulator.url}/2015-03-31/functions/${name}/invocations${query}`, { method: "POST", body, headers });
}

/** The first requests may come before the one that hangs has taken the environment. */
async function untilThrottled(): Promise<Response> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the subject
    const response = await post("single", '{"how":"quick"}');
    if (response.status === 429) return response;
  }
}

describe("AWS SDK for JavaScript", () => {
  let client: LambdaClient;
  beforeAll(() => {
    const credentials = { accessKeyId: "any", secretAccessKey: "any" };
    client = new LambdaClient({ endpoint: emulator.url, region: "us-east-1", credentials });
  });
  afterAll(() => client.destroy());

  test("gets status, payload and version", async () => {
    const output = await client.send(new InvokeCommand({ FunctionName: "hello", Payload: '{"name":"Ada"}' }));
    expect(output.StatusCode).toBe(200);
    expect(output.ExecutedVersion).toBe("$LATEST");
    expect(output.FunctionError).toBeUndefined();
    expect(output.Payload?.transformToString()).toBe('{"message":"Hello, Ada!"}');
  });

  test("gets the error of a handler that throws, and the log", async () => {
    const command = new InvokeCommand({ FunctionName: "misbehave", Payload: '{"how":"throw"}', LogType: "Tail" });
    const { FunctionError, Payload, LogResult } = await client.send(command);
    expect(FunctionError).toBe("Unhandled");
    expect(JSON.parse(Payload?.transformToString() ?? "")).toEqual({
      errorType: "TypeError",
      errorMessage: "bad order",
      stackTrace: expect.arrayContaining(["TypeError: bad order"]) as string[],
    });
    expect(Buffer.from(LogResult ?? "", "base64").toString()).toMatch(/^START [^]*\nREPORT .*\n$/);
  });

  test("hands the client context and a qualified ARN to the handler", async () => {
    const ClientContext = Buffer.from('{"custom":{"name":"Zoë"}}').toString("base64");
    const command = new InvokeCommand({
      FunctionName: "arn:aws:lambda:us-east-1:000000000000:function:misbehave",
      Qualifier: "$LATEST",
      Payload: '{"how":"context"}',
      ClientContext,
    });
    const context = JSON.parse((await client.send(command)).Payload?.transformToString() ?? "") as object;
    expect(context).toMatchObject({
      clientContext: { custom: { name: "Zoë" } },
      invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:misbehave:$LATEST",
      functionName: "misbehave",
    });
  });

  test("hands a context to the handler that has all of Unicode in it", async () => {
    const clientContext = { name: "Dvořák \u010d\u010aX-Header: €", more: "\u{1f600}" };
    const { payload } = await emulator.invoke("misbehave", { how: "context" }, { clientContext });
    expect(payload).toMatchObject({ clientContext });
  });

  test("throws its own exceptions", async () => {
    await expect(client.send(new InvokeCommand({ FunctionName: "nope" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nope:$LATEST",
    });
    await expect(client.send(new InvokeCommand({ FunctionName: "hello", Payload: "{" }))).rejects.toMatchObject({
      name: "InvalidRequestContentException",
    });
  });

  test("gets the answer to a dry run", async () => {
    const output = await client.send(new InvokeCommand({ FunctionName: "hello", InvocationType: "DryRun" }));
    expect(output.StatusCode).toBe(204);
  });
});

describe("over HTTP", () => {
  test("an answer has Lambda's headers", async () => {
    const response = await post("hello", "{}", { "x-amz-log-type": "Tail", "x-amzn-trace-id": "Root=1-a;Sampled=1" });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/json",
      "x-amz-executed-version": "$LATEST",
      "x-amzn-requestid": expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      "x-amzn-trace-id": "root=1-a;sampled=1",
      "x-amz-log-result": expect.stringMatching(/^[A-Za-z0-9+/=]+$/) as string,
    });
    expect(response.headers.has("x-amz-function-error")).toBe(false);
  });

  test("an empty body is the event {}", async () => {
    await expect((await post("hello", "")).json()).resolves.toEqual({ message: "Hello, world!" });
  });

  test.each([
    ["an unknown function", "nope", "{}", {}, "", 404, "ResourceNotFoundException"],
    ["an unknown qualifier", "hello", "{}", {}, "?Qualifier=7", 404, "ResourceNotFoundException"],
    ["contradicting qualifiers", "hello:live", "{}", {}, "?Qualifier=7", 400, "InvalidParameterValueException"],
    ["a name that cannot be", "a%20b", "{}", {}, "", 400, "ValidationException"],
    ["a body that is no JSON", "hello", "{name}", {}, "", 400, "InvalidRequestContentException"],
    [
      "a client context that is none",
      "hello",
      "{}",
      { "x-amz-client-context": "e3s=" },
      "",
      400,
      "InvalidRequestContentException",
    ],
    ["a body above 6 MiB", "hello", `"${"x".repeat(6_291_455)}"`, {}, "", 413, "RequestEntityTooLargeException"],
    [
      "an event above 1 MiB",
      "hello",
      `"${"x".repeat(1_048_575)}"`,
      { "x-amz-invocation-type": "Event" },
      "",
      413,
      "RequestEntityTooLargeException",
    ],
    [
      "an unknown type of invocation",
      "hello",
      "{}",
      { "x-amz-invocation-type": "event" },
      "",
      400,
      "ValidationException",
    ],
    ["an unknown type of log", "hello", "{}", { "x-amz-log-type": "tail" }, "", 400, "ValidationException"],
    [
      "a tenant of a function that knows none",
      "hello",
      "{}",
      { "x-amz-tenant-id": "blue" },
      "",
      400,
      "InvalidParameterValueException",
    ],
  ])("%s is refused as Lambda does", async (_name, name, body, headers, query, status, errorType) => {
    const response = await post(name, body, headers, query);
    expect(response.status).toBe(status);
    expect(response.headers.get("x-amzn-errortype")).toBe(errorType);
    expect(await response.json()).toEqual(
      expect.objectContaining({
        [status === 404 || status === 413 ? "Message" : "message"]: expect.any(String) as string,
      }),
    );
  });

  test("a body of exactly 6 MiB is taken", async () => {
    expect((await post("misbehave", `"${"x".repeat(6_291_454)}"`)).status).toBe(200);
  });

  test("any other route is refused by name", async () => {
    const response = await fetch(`${emulator.url}/2015-03-31/functions/hello/aliases`);
    expect(response.status).toBe(501);
    await expect(response.json()).resolves.toMatchObject({
      message: "ListAliases is not emulated",
    });
    const unknown = await fetch(`${emulator.url}/2015-03-31/nothing?x=1`, { method: "PUT" });
    await expect(unknown.json()).resolves.toMatchObject({ message: "PUT /2015-03-31/nothing?x=1 is not emulated" });
  });

  test("one caller more than environments is throttled", async () => {
    await post("single", '{"how":"warm"}');
    const busy = post("single", '{"how":"hang"}');
    const throttled = await untilThrottled();
    expect(throttled.headers.get("retry-after")).toBe("1");
    await expect(throttled.json()).resolves.toEqual({
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      Type: "User",
      message: "Rate Exceeded.",
    });
    await expect((await busy).json()).resolves.toMatchObject({ errorType: "Sandbox.Timedout" });
  });

  test.each(["192.0.2.7:9000", "[2001:db8::7]:9000", "[::1]", "localhost:1"])(
    "an address is no name, and accepted: %s",
    async (host) => {
      const status = await new Promise((resolve, reject) => {
        const url = `${emulator.url}/2015-03-31/functions/hello/invocations`;
        request(url, { method: "POST", headers: { host } }, ({ statusCode }) => resolve(statusCode))
          .on("error", reject)
          .end("{}");
      });
      expect(status).toBe(200);
    },
  );

  test("a body above every limit is 413 in Lambda's words, and a broken path is the caller's fault", async () => {
    const large = await post("hello", `"${"x".repeat(65 * 1024 * 1024)}"`);
    expect(large.status).toBe(413);
    expect(large.headers.get("x-amzn-errortype")).toBe("RequestEntityTooLargeException");
    const broken = await fetch(`${emulator.url}/2015-03-31/functions/%ff/invocations`, { method: "POST" });
    expect(broken.status).toBe(400);
    expect(broken.headers.get("x-amzn-errortype")).toBe("ValidationException");
  });

  test("a host name that is not local is refused", async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const url = `${emulator.url}/2015-03-31/functions/hello/invocations`;
      request(url, { method: "POST", headers: { host: "attacker.example" } }, (response) =>
        resolve(response.statusCode),
      )
        .on("error", reject)
        .end("{}");
    });
    expect(status).toBe(403);
  });

  test("environments serve callers side by side", async () => {
    const responses = await Promise.all(Array.from({ length: 4 }, () => post("hello", "{}")));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });
});
