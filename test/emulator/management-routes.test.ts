/** What AWS's own client reads of a function. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  CreateFunctionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  GetFunctionUrlConfigCommand,
  LambdaClient,
  ListFunctionUrlConfigsCommand,
  ListFunctionsCommand,
  paginateListFunctions,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmulator, type Emulator } from "../../emulator/index.ts";

const source = new URL("../fixtures/functions/bootstrap.sh", import.meta.url).pathname;
let emulator: Emulator;
let client: LambdaClient;

beforeAll(async () => {
  const one = { source, timeoutMs: 4000, environment: { TABLE: "orders" }, concurrency: 3 };
  const url = { invokeMode: "RESPONSE_STREAM", cors: { allowOrigins: ["*"], maxAgeSeconds: 5 } } as const;
  emulator = await startEmulator({ functions: { one, two: { source }, three: { source, url } } });
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  client = new LambdaClient({ endpoint: emulator.url, region: "us-east-1", credentials });
});
afterAll(async () => {
  client.destroy();
  await emulator.close();
});

test("the function URL", async () => {
  const config = await client.send(new GetFunctionUrlConfigCommand({ FunctionName: "three" }));
  expect(config).toMatchObject({
    FunctionUrl: `${emulator.url}/lambda-url/three/`,
    FunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:three",
    AuthType: "NONE",
    InvokeMode: "RESPONSE_STREAM",
    Cors: { AllowOrigins: ["*"], MaxAge: 5 },
  });
  expect(config.FunctionUrl).toBe(emulator.functionUrl("three"));
  const { FunctionUrlConfigs } = await client.send(new ListFunctionUrlConfigsCommand({ FunctionName: "one" }));
  expect(FunctionUrlConfigs).toMatchObject([{ FunctionUrl: emulator.functionUrl("one"), InvokeMode: "BUFFERED" }]);
});

test("the configuration of a function", async () => {
  const bytes = readFileSync(source);
  const configuration = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "one" }));
  expect(configuration).toMatchObject({
    FunctionName: "one",
    FunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:one",
    Runtime: "provided.al2023",
    Timeout: 4,
    MemorySize: 128,
    CodeSize: bytes.length,
    CodeSha256: createHash("sha256").update(bytes).digest("base64"),
    Environment: { Variables: { TABLE: "orders" } },
    State: "Active",
    LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/one" },
  });
  expect(configuration.RevisionId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  const { Configuration, Concurrency } = await client.send(new GetFunctionCommand({ FunctionName: "one" }));
  expect(Configuration).toMatchObject({ RevisionId: configuration.RevisionId });
  expect(Concurrency).toEqual({ ReservedConcurrentExecutions: 3 });
});

test("lists come in pages", async () => {
  const names: (string | undefined)[] = [];
  for await (const { Functions = [] } of paginateListFunctions({ client, pageSize: 2 }, {})) {
    names.push(...Functions.map(({ FunctionName }) => FunctionName), "page");
  }
  expect(names).toEqual(["one", "two", "page", "three", "page"]);
  await expect(client.send(new ListFunctionsCommand({ Marker: "nope" }))).rejects.toMatchObject({
    name: "InvalidParameterValueException",
  });
  await expect(client.send(new ListFunctionsCommand({ MaxItems: 0 }))).rejects.toMatchObject({
    name: "ValidationException",
  });
});

test("what else clients ask before they invoke", async () => {
  await expect(waitUntilFunctionActiveV2({ client, maxWaitTime: 10 }, { FunctionName: "two" })).resolves.toMatchObject({
    state: "SUCCESS",
  });
  expect(await client.send(new GetFunctionConcurrencyCommand({ FunctionName: "one" }))).toMatchObject({
    ReservedConcurrentExecutions: 3,
  });
  expect(await client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: "one" }))).toMatchObject({
    MaximumRetryAttempts: 2,
    MaximumEventAgeInSeconds: 21_600,
  });
  expect((await client.send(new GetAccountSettingsCommand({}))).AccountUsage).toMatchObject({ FunctionCount: 3 });
});

test("unknown functions, and what would change one, are refused", async () => {
  await expect(client.send(new GetFunctionCommand({ FunctionName: "nope" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  const create = new CreateFunctionCommand({ FunctionName: "new", Role: "arn:aws:iam::000000000000:role/x", Code: {} });
  await expect(client.send(create)).rejects.toMatchObject({
    name: "NotEmulatedException",
    message: "CreateFunction is not emulated",
  });
});
