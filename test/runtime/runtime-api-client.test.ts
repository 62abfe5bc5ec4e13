import { expect, test } from "vitest";
import { createHttpTransport } from "../../runtime/http-transport.ts";
import { RuntimeApiClient, type AnswerOutcome } from "../../runtime/runtime-api-client.ts";
import { createSocketTransport } from "../../runtime/socket-transport.ts";
import { event, startScriptedRuntimeApi } from "../support/scripted-runtime-api.ts";

const document = { errorType: "Function.Boom", errorMessage: "x", stackTrace: [] };

test.each([
  ["sockets, in one round trip", createSocketTransport],
  ["node:http, one after the other", createHttpTransport],
])("a custom runtime over %s", async (_name, createTransport) => {
  await using api = await startScriptedRuntimeApi([event("1"), event("2"), event("3")]);
  const client = new RuntimeApiClient(createTransport(api.authority), "2030-01-01");
  const first = await client.nextInvocation();
  const outcomes: AnswerOutcome[] = [];
  const answer = { body: "one", contentType: "text/plain" };
  const second = await client.answerAndNext(first, answer, (outcome) => void outcomes.push(outcome));
  expect(outcomes).toEqual([{ accepted: true }]);
  expect(Buffer.from(second.body).toString()).toBe("2");
  expect(await client.invocationError(second, document, '{"a":1}')).toEqual({ accepted: true });
  const third = await client.nextInvocation();
  expect(await client.invocationResponse(third, Buffer.from("three"))).toEqual({ accepted: true });
  await client.initializationError(document);
  client.close();
  expect(api.requests.map(({ route, body }) => [route.replace("/2030-01-01/runtime", ""), body])).toEqual([
    ["GET /invocation/next", ""],
    ["POST /invocation/request-1/response", "one"],
    ["GET /invocation/next", ""],
    ["POST /invocation/request-1/error", JSON.stringify(document)],
    ["GET /invocation/next", ""],
    ["POST /invocation/request-1/response", "three"],
    ["POST /init/error", JSON.stringify(document)],
  ]);
  expect(api.requests[1]?.headers["content-type"]).toBe("text/plain");
  expect(api.requests[3]?.headers).toMatchObject({
    "content-type": "application/json",
    "lambda-runtime-function-error-type": "Function.Boom",
    "lambda-runtime-function-xray-error-cause": '{"a":1}',
  });
  expect(api.connectionCount()).toBe(1);
});

test.each([
  ["sockets", createSocketTransport],
  ["node:http", createHttpTransport],
])("an answer that cannot be survived is told instead of the next event, over %s", async (_name, createTransport) => {
  await using api = await startScriptedRuntimeApi([event("1")], { response: { status: 500, body: "down" } });
  const client = new RuntimeApiClient(createTransport(api.authority));
  const invocation = await client.nextInvocation();
  const outcomes: AnswerOutcome[] = [];
  const next = client.answerAndNext(invocation, { body: "x" }, (outcome) => void outcomes.push(outcome));
  await expect(next).rejects.toMatchObject({ code: "RUNTIME_API_REJECTED", status: 500 });
  expect(outcomes).toEqual([]);
  client.close();
});

test("an error needs no cause for X-Ray", async () => {
  await using api = await startScriptedRuntimeApi([event("1")]);
  const client = new RuntimeApiClient(createSocketTransport(api.authority));
  await client.invocationError(await client.nextInvocation(), document);
  expect(api.requests[1]?.headers).not.toHaveProperty("lambda-runtime-function-xray-error-cause");
  client.close();
});

test("node:http: no Runtime API is RUNTIME_API_UNREACHABLE", async () => {
  const closed = await startScriptedRuntimeApi([]);
  await closed[Symbol.asyncDispose]();
  const client = new RuntimeApiClient(createHttpTransport(closed.authority));
  await expect(client.nextInvocation()).rejects.toMatchObject({
    code: "RUNTIME_API_UNREACHABLE",
    path: "/2018-06-01/runtime/invocation/next",
  });
});

test("repeated headers arrive as one", async () => {
  await using api = await startScriptedRuntimeApi([
    { status: 200, headers: { "Set-Cookie": ["a", "b"] as unknown as string }, body: "" },
  ]);
  const transport = createHttpTransport(api.authority);
  expect((await transport.get("/next")).headers["set-cookie"]).toBe("a, b");
  transport.close();
});

test.each([
  ["sockets", createSocketTransport],
  ["node:http", createHttpTransport],
])("an answer that cannot be sent rejects, over %s", async (_name, createTransport) => {
  await using api = await startScriptedRuntimeApi([event("1")]);
  const client = new RuntimeApiClient(createTransport(api.authority));
  const invocation = { ...(await client.nextInvocation()), requestId: "half a \ud800" };
  const outcomes: AnswerOutcome[] = [];
  const next = client.answerAndNext(invocation, { body: "x" }, (outcome) => void outcomes.push(outcome));
  await expect(next).rejects.toThrow(URIError);
  expect(outcomes).toEqual([]);
  client.close();
});
