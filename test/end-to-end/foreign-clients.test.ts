/** Other people's clients of the Runtime API under the emulator, seen by a caller with an AWS SDK. */
import { readFileSync } from "node:fs";
import {
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  type InvokeCommandInput,
} from "@aws-sdk/client-lambda";
import { describe, expect } from "vitest";
import { startEmulator, type FunctionOptions } from "../../emulator/index.ts";
import { gone } from "../support/gone.ts";
import { skipWithReason } from "../support/requirement.ts";
import { runCommand } from "../support/run-command.ts";
import { runtimePeers, type RuntimePeer } from "../support/runtime-peers.ts";
import { test } from "../support/temporary-folder.ts";

type PeerName = keyof typeof runtimePeers;

/** What the caller gets. */
interface Answer {
  readonly status: number | undefined;
  readonly functionError: string | undefined;
  readonly executedVersion: string | undefined;
  readonly requestId: string | undefined;
  readonly payload: string;
  readonly log: string;
}

/** What a client is expected to make of one event. */
interface Outcome {
  /** The payload as text, or parsed; `ID` stands for the request id. */
  readonly payload: unknown;
  /** How REPORT ends. */
  readonly report?: "Status: timeout" | "Status: error\tError Type: Runtime.ExitError";
  /** What is in the log before END. */
  readonly log?: RegExp;
}

const exitError = "Status: error\tError Type: Runtime.ExitError";
const platformAnswer = (errorType: string, message: string): object => ({
  errorType,
  errorMessage: `RequestId: ID Error: ${message}`,
});
const exited = (how: string): Outcome => ({
  payload: platformAnswer("Runtime.ExitError", `Runtime exited with error: ${how}`),
  report: exitError,
});
const timedOut: Outcome = {
  payload: platformAnswer("Sandbox.Timedout", "Task timed out after 1.00 seconds"),
  report: "Status: timeout",
};
const inEveryLanguage: Readonly<Record<string, Outcome>> = {
  hang: timedOut,
  crash: exited("signal: aborted"),
  exit: exited("exit status 3"),
};

const matching = (pattern: RegExp): string => expect.stringMatching(pattern) as string;

const outcomes: Readonly<Record<PeerName, Readonly<Record<string, Outcome>>>> = {
  lambda_runtime: {
    ...inEveryLanguage,
    // The type is what the compiler calls it.
    fail: { payload: { errorType: matching(/^&alloc::boxed::Box<dyn .*Error/), errorMessage: "bad order" } },
    panic: {
      payload: { errorType: matching(/^&alloc::boxed::Box<dyn .*Any/), errorMessage: "Lambda panicked: bad order" },
      log: /panicked at .*\nbad order\n/,
    },
  },
  rtlambda: {
    ...inEveryLanguage,
    // Its error bodies are no JSON.
    fail: { payload: "bad order" },
    panic: { ...exited("exit status 101"), log: /panicked at .*\nbad order\n/ },
    // It drops the answer, asks for the next event, and is given the same one again and again.
    unserializable: { ...timedOut, log: /^(no value\n){100}/m },
  },
  "aws-lambda-go": {
    ...inEveryLanguage,
    fail: {
      payload: { errorType: "errorString", errorMessage: "bad order" },
      log: /^\S+ \S+ \{"errorMessage":"bad order","errorType":"errorString"\}$/m,
    },
    // It answers for a panic itself, and ends all the same.
    crash: {
      payload: { errorType: "string", errorMessage: "bad order", stackTrace: expect.any(Array) as unknown[] },
      report: exitError,
      log: /calling the handler function resulted in a panic, the process should exit\n$/,
    },
  },
  "aws-lambda-ric": {
    ...inEveryLanguage,
    // Node.js prints where it was.
    crash: { ...exited("signal: aborted"), log: /\n----- JavaScript stack trace -----\n/ },
    fail: {
      payload: {
        errorType: "TypeError",
        errorMessage: "bad order",
        trace: expect.arrayContaining(["TypeError: bad order"]) as string[],
      },
      log: /\tERROR\tInvoke Error \t\{"errorType":"TypeError","errorMessage":"bad order"/,
    },
  },
};

type Invoke = (name: string, event: object, input?: Partial<InvokeCommandInput>) => Promise<Answer>;

async function withClient<T>(endpoint: string, use: (invoke: Invoke) => Promise<T>): Promise<T> {
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  const client = new LambdaClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  return use(async (name, event, input) => {
    const command = { FunctionName: name, Payload: JSON.stringify(event), LogType: "Tail", ...input } as const;
    const output = await client.send(new InvokeCommand(command));
    return {
      status: output.StatusCode,
      functionError: output.FunctionError,
      executedVersion: output.ExecutedVersion,
      requestId: output.$metadata.requestId,
      payload: output.Payload?.transformToString() ?? "",
      log: Buffer.from(output.LogResult ?? "", "base64").toString("utf8"),
    };
  }).finally(() => client.destroy());
}

async function withEmulator(
  functions: Readonly<Record<string, FunctionOptions>>,
  use: (invoke: Invoke) => Promise<void>,
): Promise<void> {
  await using emulator = await startEmulator({ functions });
  await withClient(emulator.url, use);
}

/** Everything of the answer to a failure. */
function expectFailure(answer: Answer, { payload, report, log = /Version: \$LATEST\n$/ }: Outcome): void {
  const { requestId = "" } = answer;
  expect(answer).toMatchObject({ status: 200, functionError: "Unhandled", executedVersion: "$LATEST" });
  const withoutId = answer.payload.replaceAll(requestId, "ID");
  expect(typeof payload === "string" ? withoutId : JSON.parse(withoutId)).toEqual(payload);
  const [beforeEnd = "", fromEnd] = answer.log.split(/^(?=END )/m);
  expect(beforeEnd).toMatch(log);
  expect(fromEnd).toMatch(
    new RegExp(`^END RequestId: ${requestId}\nREPORT RequestId: ${requestId}(\t[A-Z][A-Za-z ]+: [^\t\n]+)+\t\n$`),
  );
  expect(/\tStatus: .*(?=\t\n$)/.exec(answer.log)?.[0]).toBe(report && `\t${report}`);
}

/** Everything of the answer to an event that succeeds. Returns the process that gave it. */
function expectSuccess(answer: Answer, isFirstOfEnvironment: boolean): number {
  const { requestId = "" } = answer;
  expect(answer).toMatchObject({ status: 200, functionError: undefined, executedVersion: "$LATEST" });
  const payload = JSON.parse(answer.payload) as { pid: number };
  expect(payload).toEqual({ do: "succeed", requestId, pid: expect.any(Number) as number });
  expect(answer.log).toMatch(new RegExp(`^END RequestId: ${requestId}\nREPORT RequestId: ${requestId}\t.* MB\t`, "m"));
  expect(answer.log).not.toContain("Status:");
  expect(answer.log.includes("\tInit Duration: ")).toBe(isFirstOfEnvironment);
  return payload.pid;
}

describe.for(Object.entries(outcomes) as [PeerName, (typeof outcomes)[PeerName]][])("%s", ([name, ofPeer]) => {
  const { whyNot, ...peer } = runtimePeers[name];

  test.for(Object.entries(ofPeer))("%s, and goes on", async ([what, outcome], { skip }) => {
    skipWithReason(skip, whyNot());
    const timeoutMs = outcome.report === timedOut.report ? 1000 : 20_000;
    let lastProcess = 0;
    await withEmulator({ peer: { ...peer, timeoutMs } }, async (invoke) => {
      const firstProcess = expectSuccess(await invoke("peer", { do: "succeed" }), true);
      expectFailure(await invoke("peer", { do: what }), outcome);
      const isReplaced = outcome.report !== undefined;
      lastProcess = expectSuccess(await invoke("peer", { do: "succeed" }), isReplaced);
      expect(lastProcess !== firstProcess).toBe(isReplaced);
    });
    await gone(lastProcess);
  });
});

test("rtlambda: an init error has an empty body", async ({ skip }) => {
  const { whyNot, source } = runtimePeers.rtlambda;
  skipWithReason(skip, whyNot());
  await withEmulator({ peer: { source, environment: { FAIL_INIT: "1" } } }, async (invoke) => {
    for (const answer of [await invoke("peer", {}), await invoke("peer", {})]) {
      expect(answer).toMatchObject({
        status: 200,
        functionError: "Unhandled",
        executedVersion: "$LATEST",
        payload: "",
      });
      expect(answer.log).toMatch(
        /Error: no table, .*Missing Lambda-Runtime-Aws-Request-Id header\n(?:note: .*\n)?INIT_REPORT .*\tPhase: invoke\t.*\nSTART .*\nEND .*\nREPORT .*\tStatus: error\tError Type: Runtime\.InitError\t\n$/,
      );
    }
  });
});

test("rtlambda: an event that is delivered again and again does not hold up other functions", async ({ skip }) => {
  const { whyNot, source } = runtimePeers.rtlambda;
  skipWithReason(skip, whyNot());
  await withEmulator({ busy: { source, timeoutMs: 1000 }, other: { source } }, async (invoke) => {
    const order: string[] = [];
    const busy = invoke("busy", { do: "unserializable" }).finally(() => order.push("busy"));
    expectSuccess(await invoke("other", { do: "succeed" }), true);
    order.push("other");
    expectFailure(await busy, outcomes.rtlambda["unserializable"] ?? timedOut);
    expect(order).toEqual(["other", "busy"]);
  });
});

test("aws-lambda-go: a call that meets a process about to leave is served by the next", async ({ skip }) => {
  const { whyNot, source } = runtimePeers["aws-lambda-go"];
  skipWithReason(skip, whyNot());
  await withEmulator({ peer: { source, concurrency: 1 } }, async (invoke) => {
    // Without a log the caller has its answer before the process has ended.
    const answer = await invoke("peer", { do: "crash" }, { LogType: "None" });
    expect(JSON.parse(answer.payload)).toMatchObject({ errorType: "string", errorMessage: "bad order" });
    expectSuccess(await invoke("peer", { do: "succeed" }), true);
  });
});

describe("a streamed response", () => {
  /** What `lambda_runtime` puts in front of any stream: status, headers and cookies for HTTP front ends. */
  const prelude = `{"statusCode":200,"headers":{"content-type":"application/octet-stream"},"cookies":[]}${"\0".repeat(8)}`;
  const streaming = {
    lambda_runtime: { handler: "any", prelude },
    "aws-lambda-go": { handler: "any", prelude: "" },
    "aws-lambda-ric": { handler: "handler.streaming", prelude: "" },
  } as const;

  async function stream(name: keyof typeof streaming, failing: boolean): Promise<{ text: string; complete: unknown }> {
    const { handler } = streaming[name];
    const { whyNot: _, ...peer } = runtimePeers[name];
    await using emulator = await startEmulator({ functions: { peer: { ...peer, handler } } });
    const credentials = { accessKeyId: "any", secretAccessKey: "any" };
    const client = new LambdaClient({ endpoint: emulator.url, region: "us-east-1", credentials, maxAttempts: 1 });
    try {
      const Payload = JSON.stringify({ do: "stream", failing });
      const output = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "peer", Payload }));
      let text = "";
      for await (const { PayloadChunk, InvokeComplete } of output.EventStream ?? []) {
        text += Buffer.from(PayloadChunk?.Payload ?? []).toString();
        if (InvokeComplete !== undefined) return { text, complete: InvokeComplete };
      }
      throw new Error("the stream ended without InvokeComplete");
    } finally {
      client.destroy();
    }
  }

  test.for(Object.entries(streaming) as [keyof typeof streaming, (typeof streaming)[keyof typeof streaming]][])(
    "%s",
    async ([name, expected], { skip }) => {
      skipWithReason(skip, runtimePeers[name].whyNot());
      expect(await stream(name, false)).toEqual({ text: `${expected.prelude}one two three`, complete: {} });
    },
  );

  // lambda_runtime writes its error into the body, as text.
  test.for([
    ["aws-lambda-go", { errorType: "errorString", errorMessage: "no more" }],
    ["aws-lambda-ric", { errorType: "TypeError", errorMessage: "no more" }],
  ] as const)("%s, that fails behind its pieces", async ([name, error], { skip }) => {
    skipWithReason(skip, runtimePeers[name].whyNot());
    const { text, complete } = await stream(name, true);
    expect(text).toBe("one two three");
    expect(complete).toMatchObject({ ErrorCode: "Unhandled" });
    expect(JSON.parse((complete as { readonly ErrorDetails: string }).ErrorDetails)).toMatchObject(error);
  });
});

describe("when the emulator is killed", () => {
  const ends: Readonly<Record<PeerName, (pid: number) => Promise<void>>> = {
    lambda_runtime: gone,
    // It asks again at once, for ever: nothing that is killed can take it along.
    rtlambda: spins,
    "aws-lambda-go": gone,
    "aws-lambda-ric": gone,
  };

  test.for(Object.entries(ends) as [PeerName, typeof gone][])("%s", async ([name, endOf], { folder, skip }) => {
    const { whyNot, source, handler = "any", environment = {} }: RuntimePeer = runtimePeers[name];
    skipWithReason(skip, whyNot());
    const variables = Object.entries(environment).flatMap(([variable, value]) => ["--env", `${variable}=${value}`]);
    let answer: Promise<Answer> | undefined;
    await runCommand("emulate", [source, "--name", "peer", "--handler", handler, ...variables, "--port", "0"], {
      environment: { TMPDIR: folder },
      onStdout(child, stdout) {
        const endpoint = /http:\/\/\S+(?=\n)/.exec(stdout)?.[0];
        if (endpoint === undefined) return;
        answer ??= withClient(endpoint, (invoke) => invoke("peer", { do: "succeed" })).finally(() =>
          child.kill("SIGKILL"),
        );
        // Looked at below; until then it must not count as unhandled.
        answer.catch(() => {});
      },
    });
    const { pid } = JSON.parse((await answer)?.payload ?? "") as { pid: number };
    await endOf(pid);
  });
});

/** Waits until the process has kept a processor busy for a third of a second more (proc(5)), and kills it. */
async function spins(pid: number): Promise<void> {
  const ticks = (): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  try {
    const before = ticks();
    // oxlint-disable-next-line no-await-in-loop -- it is looked at again and again
    while (ticks() < before + 33) await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.kill(pid, "SIGKILL");
  }
}
