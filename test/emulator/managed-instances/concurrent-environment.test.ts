/** One environment that works on several events, without processes and in the test's own time. */
import { Readable } from "node:stream";
import { beforeEach, describe, expect, test } from "vitest";
import { configureFunction } from "../../../emulator/function-configuration.ts";
import type { DeliveredEvent, InvocationInProgress } from "../../../emulator/invocation.ts";
import { ConcurrentEnvironment } from "../../../emulator/managed-instances/concurrent-environment.ts";
import { aSandbox } from "../../support/a-sandbox.ts";
import { anInvocation } from "../../support/an-invocation.ts";
import { FakeBootstrap } from "../../support/fake-bootstrap.ts";
import { ManualClock } from "../../support/manual-clock.ts";

let clock: ManualClock;
let bootstrap: FakeBootstrap | undefined;
let environment: ConcurrentEnvironment;
let lines: Record<string, unknown>[];
let delivered: DeliveredEvent[];
let free: number;
let gone: number;

const account = { region: "us-east-1", accountId: "0".repeat(12) };
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const next = (): (() => void) =>
  environment.session.next({ onEvent: (event) => delivered.push(event), onLost: () => {} });
const respond = (requestId: string, body = "1"): void =>
  environment.session.respond(requestId, Buffer.from(body), undefined);
const assign = (requestId: string): InvocationInProgress =>
  environment.assign(anInvocation(requestId, { keepsLog: true, invocationId: requestId }));
const deliveredIds = (): string[] => delivered.map(({ invocation }) => invocation.requestId);
const reports = (): object[] => lines.flatMap(({ type, record }) => (type === "platform.report" ? [record ?? {}] : []));
const answerOf = async (inProgress: InvocationInProgress): Promise<string> =>
  (await inProgress.answered).payload.toString();

function create(): ConcurrentEnvironment {
  return new ConcurrentEnvironment({
    configuration: configureFunction("test", { source: "", timeoutMs: 3000, maxConcurrency: 2 }, account),
    clock,
    initLimitMs: 130_000,
    onLog: ({ line, requestId }) => lines.push({ ...(JSON.parse(line) as object), of: requestId }),
    onFree: () => free++,
    onGone: () => gone++,
  });
}

beforeEach(() => {
  clock = new ManualClock();
  lines = [];
  delivered = [];
  free = gone = 0;
  environment = create();
  environment.start(() => aSandbox((onOutput) => (bootstrap = new FakeBootstrap(onOutput))));
});

describe("events at the same time", () => {
  test("are answered in any order, each in its own time", async () => {
    const [one, two] = [assign("one"), assign("two")];
    next();
    clock.advance(1000);
    next();
    expect(delivered.map(({ invocation: { requestId }, deadlineMs }) => [requestId, deadlineMs])).toEqual([
      ["one", 1_700_000_003_000],
      ["two", 1_700_000_003_000],
    ]);
    respond("two");
    clock.advance(500);
    environment.session.reportError("one", { body: Buffer.from("{}"), errorType: "Function.Bad" });
    await expect(one.answered).resolves.toEqual({ payload: Buffer.from("{}"), isFunctionError: true });
    await expect(two.answered).resolves.toEqual({ payload: Buffer.from("1"), isFunctionError: false });
    const spans = (latencyMs: number): object[] => [
      { name: "responseLatency", start: "2023-11-14T22:13:20.000Z", durationMs: latencyMs },
      { name: "responseDuration", start: expect.any(String) as string, durationMs: 0 },
    ];
    const tracing = { type: "X-Amzn-Trace-Id", value: "Root=1-a" };
    expect(reports()).toEqual([
      { requestId: "two", status: "success", metrics: { durationMs: 1000 }, tracing, spans: spans(1000) },
      {
        requestId: "one",
        status: "error",
        errorType: "Function.Bad",
        metrics: { durationMs: 1500 },
        tracing,
        spans: spans(1500),
      },
    ]);
    expect(lines.some(({ type }) => type === "platform.runtimeDone")).toBe(false);
    expect(clock.timerCount).toBe(0);
  });

  test("are reported before the environment is stopped, though their output is still on its way", async () => {
    assign("one");
    assign("two");
    next();
    next();
    const arrived = Promise.withResolvers<void>();
    if (bootstrap !== undefined) bootstrap.outputOnItsWay = arrived.promise;
    respond("one");
    let isStopped = false;
    const stopped = environment.stop().then(() => (isStopped = true));
    bootstrap?.exit({ kind: "exited", code: 0 });
    await settle();
    expect(isStopped).toBe(false);
    expect(reports()).toEqual([]);
    arrived.resolve();
    await stopped;
    expect(reports()).toMatchObject([{ requestId: "one", status: "success" }]);
  });

  test("are given to the workers in the order in which these asked, not to one that hung up", () => {
    const order: string[] = [];
    const wait = (name: string): (() => void) =>
      environment.session.next({ onEvent: () => order.push(name), onLost: () => {} });
    wait("first");
    const hangUp = wait("second");
    wait("third");
    hangUp();
    assign("one");
    assign("two");
    expect(order).toEqual(["first", "third"]);
  });

  test("have the lines that name them, also those that come behind the answer", async () => {
    const one = assign("one");
    next();
    const arrived = Promise.withResolvers<void>();
    if (bootstrap !== undefined) bootstrap.outputOnItsWay = arrived.promise;
    respond("one");
    bootstrap?.print('{"requestId":"one","message":"late"}\n{"requestId":"other"}\n{"message":"nobody\'s"}\n');
    arrived.resolve();
    const tail = Buffer.from(await one.logTail, "base64").toString();
    const types = tail.split("\n").map((line) => /"type":"([a-z.A-Z]+)"|"message":"(\w+)"/.exec(line));
    expect(types.map((found) => found?.[1] ?? found?.[2])).toEqual([
      "platform.start",
      "late",
      "platform.report",
      undefined,
    ]);
    expect(lines.find(({ requestId }) => requestId === "other")).toMatchObject({ of: undefined });
  });
});

describe("room for one more", () => {
  test("is told once for each: while the function starts, by the number; then by the workers", () => {
    // It was created for the first one.
    assign("one");
    expect(free).toBe(1);
    assign("two");
    expect(free).toBe(1);
    next();
    expect(environment.isReady).toBe(false);
    respond("one");
    // The worker that has answered is expected to ask again.
    expect(free).toBe(1);
    next();
    expect(deliveredIds()).toEqual(["one", "two"]);
    next();
    expect(free).toBe(2);
    expect(environment.isReady).toBe(true);
    assign("three");
    expect(free).toBe(2);
    respond("two");
    expect(free).toBe(3);
  });

  test("is not more than the number, however many workers wait", () => {
    for (let worker = 0; worker < 5; worker++) next();
    assign("one");
    assign("two");
    expect(free).toBe(1);
    expect(environment.hasWork).toBe(true);
  });

  test("is none where the runtime has brought fewer workers than it may have", () => {
    assign("one");
    expect(environment.hasRoom).toBe(true);
    next();
    expect([free, environment.hasRoom]).toEqual([1, false]);
    next();
    // The pool has been told already.
    expect([free, environment.hasRoom]).toEqual([1, true]);
  });

  test("ends with 10,000 workers that wait", () => {
    for (let worker = 0; worker < 10_000; worker++) next();
    expect(next).toThrow(expect.objectContaining({ statusCode: 500, errorType: "InternalServerError" }) as Error);
  });
});

describe("a timeout", () => {
  const message = "RequestId: one Error: Task timed out after 3.00 seconds";

  test("ends the invocation, not the process: the late answer is told once, and others go on", async () => {
    const [one, two] = [assign("one"), assign("two")];
    next();
    next();
    respond("two");
    await answerOf(two);
    clock.advance(3000);
    expect(await answerOf(one)).toBe(JSON.stringify({ errorType: "Sandbox.Timedout", errorMessage: message }));
    expect(reports()).toMatchObject([{ requestId: "two" }, { requestId: "one", status: "timeout" }]);
    expect(bootstrap?.isKilled).toBe(false);
    expect(() => respond("one")).toThrow(
      expect.objectContaining({ statusCode: 410, errorType: "InvokeTimeout", message: "Invoke timeout" }) as Error,
    );
    expect(() => respond("one")).toThrow(expect.objectContaining({ statusCode: 400 }) as Error);
    next();
    assign("three");
    expect(deliveredIds()).toEqual(["one", "two", "three"]);
    expect(gone).toBe(0);
  });

  test("of an attempt is forgotten with the next one, which has the same id", () => {
    assign("one");
    next();
    next();
    clock.advance(3000);
    environment.assign(anInvocation("one", { invocationId: "attempt-2" }));
    const late = (): void => environment.session.respond("one", Buffer.from("1"), undefined, "one");
    expect(late).toThrow(expect.objectContaining({ statusCode: 400, errorType: "InvalidInvocationId" }) as Error);
    environment.session.respond("one", Buffer.from("2"), undefined, "attempt-2");
    expect(() => respond("one")).toThrow(expect.objectContaining({ errorType: "InvalidRequestID" }) as Error);
  });

  test("cuts a response that is being streamed", async () => {
    const one = assign("one");
    next();
    const source = { contentType: "text/plain", body: new Readable({ read() {} }), errorBody: () => undefined };
    const taken = environment.session.respondStreaming("one", source);
    const { stream } = await one.answered;
    clock.advance(3000);
    await expect(taken).rejects.toMatchObject({ errorType: "TruncatedHTTPRequest" });
    expect(await stream?.ended).toMatchObject({ kind: "failed" });
    expect(reports()).toMatchObject([{ status: "timeout" }]);
  });

  test("comes also to one that waits for a worker which does not ask again; that worker no longer counts", async () => {
    assign("zero");
    next();
    respond("zero");
    const one = assign("one");
    clock.advance(3000);
    expect(await answerOf(one)).toContain(message);
    expect(deliveredIds()).toEqual(["zero"]);
    const told = free;
    expect(() => respond("one")).toThrow(expect.objectContaining({ statusCode: 400 }) as Error);
    next();
    expect(free).toBe(told + 1);
  });
});

describe("what the runtime may not", () => {
  beforeEach(() => {
    assign("one");
    next();
  });

  test("is a second answer", () => {
    respond("one");
    expect(() => respond("one")).toThrow(expect.objectContaining({ errorType: "InvalidRequestID" }) as Error);
  });

  test("is an error document above 1 MiB, after which the invocation still waits", async () => {
    const error = { body: Buffer.alloc(1_048_577), errorType: "Function.Big" };
    expect(() => environment.session.reportError("one", error)).toThrow(
      expect.objectContaining({ statusCode: 413 }) as Error,
    );
    respond("one");
    await settle();
    expect(reports()).toMatchObject([{ status: "success" }]);
  });

  test("is an init error once it has asked", () => {
    const error = { body: Buffer.alloc(0), errorType: "Runtime.Late" };
    expect(() => environment.session.reportInitError(error)).toThrow(
      expect.objectContaining({ errorType: "InvalidStateTransition" }) as Error,
    );
  });
});

describe("the end", () => {
  test("of an extension is that of the environment", async () => {
    const extension = new FakeBootstrap(() => {});
    const it = create();
    it.start(() => ({
      ...aSandbox((onOutput) => new FakeBootstrap(onOutput)),
      extensionNames: ["watcher"],
      startExtension: () => extension,
    }));
    const { identifier } = it.host.register("watcher", Buffer.from('{"events":["SHUTDOWN"]}'), []);
    const one = it.assign(anInvocation("one"));
    it.session.next({ onEvent: () => {}, onLost: () => {} });
    it.host.next(identifier, () => {});
    expect(it.wasReady).toBe(true);
    extension.exit({ kind: "exited", code: 3 });
    expect(await answerOf(one)).toBe(
      '{"errorType":"Extension.Crash","errorMessage":"RequestId: one Error: exit status 3"}',
    );
    expect(gone).toBe(1);
  });

  test("of the process is that of all its invocations and of the environment", async () => {
    const [one, two] = [assign("one"), assign("two")];
    next();
    bootstrap?.print('{"requestId":"one","message":"last words"}\n');
    bootstrap?.exit({ kind: "exited", code: 1 });
    expect(await answerOf(one)).toContain("RequestId: one Error: Runtime exited with error: exit status 1");
    expect(await answerOf(two)).toContain("RequestId: two Error: Runtime exited with error: exit status 1");
    await settle();
    expect(reports()).toMatchObject([
      { requestId: "one", status: "error", errorType: "Runtime.ExitError" },
      { requestId: "two", status: "error" },
    ]);
    expect(gone).toBe(1);
    expect(clock.timerCount).toBe(0);
  });

  test("of the init's time, after 130 s, too", async () => {
    const one = assign("one");
    clock.advance(129_999);
    expect(gone).toBe(0);
    clock.advance(1);
    expect(await answerOf(one)).toContain("Task timed out after 130.00 seconds");
    expect(lines).toContainEqual(
      expect.objectContaining({ type: "platform.initReport", record: expect.objectContaining({ status: "timeout" }) }),
    );
    expect([bootstrap?.isKilled, gone]).toEqual([true, 1]);
  });

  test("with an init error gives all of them its body", async () => {
    const [one, two] = [assign("one"), assign("two")];
    environment.session.reportInitError({ body: Buffer.from('"no table"'), errorType: "Runtime.NoTable" });
    // It does not leave by itself.
    clock.advance(500);
    expect([await answerOf(one), await answerOf(two)]).toEqual(['"no table"', '"no table"']);
  });

  test("waits for what was begun when it is to retire, then for nothing", async () => {
    assign("one");
    next();
    next();
    const retired = environment.retire();
    await settle();
    expect(bootstrap?.isKilled).toBe(false);
    const told = free;
    respond("one");
    await retired;
    expect([bootstrap?.isKilled, gone, free - told]).toEqual([true, 1, 0]);
  });

  test("abandons what was begun when the emulator is closed", async () => {
    const one = assign("one");
    next();
    await environment.stop();
    await expect(one.answered).rejects.toMatchObject({ code: "CLOSED" });
    expect(gone).toBe(1);
  });
});
