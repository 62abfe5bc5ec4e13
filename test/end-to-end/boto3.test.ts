/** boto3 as a caller of the emulator: buffered and streamed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulator, type Emulator } from "../../emulator/index.ts";
import { PieceReader } from "../support/piece-reader.ts";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";
import { repositoryFolder } from "../support/run-command.ts";

/** Moto depends on boto3, and has a Python of its own. */
const moto = process.env["MOTO_SERVER"];
const python = moto === undefined ? "python3" : join(dirname(moto), "python");
const whyNot = whyNoProgram(python, "-c", "import boto3");
const client = `${repositoryFolder}test/peers/boto3/invoke.py`;
const fixtures = `${repositoryFolder}test/fixtures/functions/`;

const reader = new PieceReader();
let emulator: Emulator;
beforeAll(async () => {
  await reader.start();
  emulator = await startEmulator({
    functions: {
      misbehave: { source: `${fixtures}misbehave.ts` },
      short: { source: `${fixtures}misbehave.ts`, timeoutMs: 500 },
      stream: { source: `${fixtures}stream.ts`, timeoutMs: 30_000 },
      shortStream: { source: `${fixtures}stream.ts`, timeoutMs: 1000 },
    },
  });
});
afterAll(async () => {
  reader.close();
  await emulator.close();
});

interface Told {
  readonly answer?: Readonly<Record<string, unknown>>;
  readonly refused?: Readonly<Record<string, unknown>>;
  readonly complete?: { readonly ErrorCode?: string; readonly ErrorDetails?: string; readonly LogResult?: string };
  /** All chunks together. */
  readonly text: string;
}

async function call(operation: string, functionName: string, event: object, more: object = {}): Promise<Told> {
  reader.received("");
  const parameters = { FunctionName: functionName, Payload: JSON.stringify(event), LogType: "Tail", ...more };
  const child = spawn(python, [client, emulator.url, operation, JSON.stringify(parameters)]);
  const [failure, closed] = [text(child.stderr), once(child, "close")];
  let told: Told = { text: "" };
  for await (const line of createInterface(child.stdout)) {
    const { chunk, ...rest } = JSON.parse(line) as Told & { readonly chunk?: string };
    told = { ...told, ...rest, text: told.text + (chunk ?? "") };
    reader.received(told.text);
  }
  await closed;
  expect(await failure).toBe("");
  return told;
}

const decoded = (log: unknown): string => Buffer.from(log as string, "base64").toString();
const wholeLog = /^START RequestId: (\S+) Version: \$LATEST\n[^]*END RequestId: \1\nREPORT RequestId: \1\t.*\n$/;

describe("invoke", () => {
  test("gets the response and the log", async ({ skip }) => {
    skipWithReason(skip, whyNot);
    const { answer } = await call("invoke", "misbehave", { how: "well" });
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST", Payload: '"well"' });
    expect(answer).not.toHaveProperty("FunctionError");
    expect(decoded(answer?.["LogResult"])).toMatch(wholeLog);
  });

  test.for([
    ["misbehave", "throw", { errorType: "TypeError", errorMessage: "bad order" }],
    ["misbehave", "exit", { errorType: "Runtime.ExitError" }],
    ["short", "hang", { errorType: "Sandbox.Timedout" }],
  ] as const)("gets a function error of %s: %s", async ([functionName, how, error], { skip }) => {
    skipWithReason(skip, whyNot);
    const { answer } = await call("invoke", functionName, { how });
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled" });
    expect(JSON.parse(answer?.["Payload"] as string)).toMatchObject(error);
  });

  test("queues an event", async ({ skip }) => {
    skipWithReason(skip, whyNot);
    const { answer } = await call("invoke", "misbehave", { how: "well" }, { InvocationType: "Event" });
    expect(answer).toEqual({ StatusCode: 202, Payload: "" });
    await emulator.waitForIdle();
  });
});

describe("invoke_with_response_stream", () => {
  test("gets each piece while the handler waits for it to be there, and the log with the end", async ({ skip }) => {
    skipWithReason(skip, whyNot);
    const event = { pieces: ["one ", "two ", "three"], waitFor: reader.url };
    const { text: received, answer, complete } = await call("invoke_with_response_stream", "stream", event);
    expect(received).toBe("one two three");
    expect(answer).toEqual({
      StatusCode: 200,
      ExecutedVersion: "$LATEST",
      ResponseStreamContentType: "application/vnd.amazon.eventstream",
    });
    expect(complete).toEqual({ LogResult: expect.any(String) as string });
    expect(decoded(complete?.LogResult)).toMatch(wholeLog);
  });

  test.for([
    ["stream", "throw", { errorType: "TypeError", errorMessage: "no more" }],
    ["stream", "exit", { errorType: "Runtime.TruncatedResponse" }],
    ["shortStream", "hang", { errorType: "Sandbox.Timedout" }],
  ] as const)("gets what came before the end of %s: %s", async ([functionName, end, error], { skip }) => {
    skipWithReason(skip, whyNot);
    const event = { pieces: ["part"], waitFor: reader.url, end };
    const { text: received, complete } = await call("invoke_with_response_stream", functionName, event);
    expect(received).toBe("part");
    expect(complete?.ErrorCode).toBe("Unhandled");
    expect(JSON.parse(complete?.ErrorDetails ?? "")).toMatchObject(error);
  });
});

test.for(["invoke", "invoke_with_response_stream"])(
  "%s is refused as an exception of its class",
  async (operation, { skip }) => {
    skipWithReason(skip, whyNot);
    const { refused } = await call(operation, "nobody", {});
    expect(refused).toMatchObject({ class: "ResourceNotFoundException", Code: "ResourceNotFoundException" });
  },
);
