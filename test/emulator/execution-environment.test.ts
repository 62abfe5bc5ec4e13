import { beforeEach, describe, expect, test } from "vitest";
import { ExecutionEnvironment } from "../../emulator/execution-environment.ts";
import { configureFunction } from "../../emulator/function-configuration.ts";
import type { DeliveredEvent, Invocation, InvocationInProgress } from "../../emulator/invocation.ts";
import type { ExitStatus } from "../../emulator/launchers/launcher.ts";
import { aSandbox } from "../support/a-sandbox.ts";
import { FakeBootstrap } from "../support/fake-bootstrap.ts";
import { anInvocation } from "../support/an-invocation.ts";
import { ManualClock } from "../support/manual-clock.ts";

const invocation = (requestId: string): Invocation => anInvocation(requestId, { keepsLog: true });

let clock: ManualClock;
let bootstraps: FakeBootstrap[];
let log: string[];
let free: number;
let gone: number;
let environment: ExecutionEnvironment;
let delivered: DeliveredEvent[];
const next = (): (() => void) =>
  environment.session.next({ onEvent: (event) => delivered.push(event), onLost: () => {} });
/** Lets promise callbacks run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  clock = new ManualClock();
  bootstraps = [];
  log = [];
  delivered = [];
  free = gone = 0;
  environment = new ExecutionEnvironment({
    configuration: configureFunction(
      "test",
      { source: "", timeoutMs: 3000 },
      { region: "us-east-1", accountId: "0".repeat(12) },
    ),
    clock,
    onLog: ({ line }) => log.push(line),
    onFree: () => free++,
    onGone: () => gone++,
  });
});

function start(): void {
  environment.start(() =>
    aSandbox((onOutput) => {
      const bootstrap = new FakeBootstrap(onOutput);
      bootstraps.push(bootstrap);
      return bootstrap;
    }),
  );
}

/** Invocation `one` is answered, and what its bootstrap has written arrives later. */
function answerBeforeOutput() {
  environment.assign(invocation("one"));
  start();
  next();
  const [bootstrap] = bootstraps;
  const arrived = Promise.withResolvers<void>();
  if (bootstrap !== undefined) bootstrap.outputOnItsWay = arrived.promise;
  environment.session.respond("one", Buffer.from("{}"), undefined);
  return { bootstrap, arrived };
}

describe("an invocation", () => {
  test("waits with END for output that is still on its way, and the next event waits for REPORT", async () => {
    const { bootstrap, arrived } = answerBeforeOutput();
    environment.assign(invocation("two"));
    next();
    await settle();
    expect(log.map((line) => line.split(" ")[0])).toEqual(["START"]);
    expect(delivered).toHaveLength(1);
    bootstrap?.print("late\n");
    arrived.resolve();
    await settle();
    expect(log.map((line) => line.split(" ")[0])).toEqual(["START", "late", "END", "REPORT", "START"]);
    expect(delivered).toHaveLength(2);
  });

  test("is reported before the environment is stopped, though its output is still on its way", async () => {
    const { bootstrap, arrived } = answerBeforeOutput();
    next();
    let isStopped = false;
    const stopped = environment.stop().then(() => (isStopped = true));
    bootstrap?.exit({ kind: "exited", code: 0 });
    await settle();
    expect(isStopped).toBe(false);
    arrived.resolve();
    await stopped;
    expect(log.map((line) => line.split(" ")[0])).toEqual(["START", "END", "REPORT"]);
  });

  test("is reported when the environment is stopped before the runtime asks again", async () => {
    const inProgress = environment.assign(invocation("one"));
    start();
    next();
    environment.session.respond("one", Buffer.from("{}"), undefined);
    clock.advance(7);
    await environment.stop();
    expect(log.map((line) => line.split(" ")[0])).toEqual(["START", "END", "REPORT"]);
    expect(log.at(-1)).toContain("Duration: 7.00 ms");
    expect(await inProgress.logTail).toBeDefined();
  });

  test("is reported when the environment is stopped while an extension still works on it", async () => {
    start();
    const { identifier } = environment.host.register("internal", Buffer.from('{"events":["INVOKE"]}'), []);
    environment.host.next(identifier, () => {});
    next();
    environment.assign(invocation("one"));
    environment.session.respond("one", Buffer.from("{}"), undefined);
    next();
    await settle();
    expect(log.map((line) => /^[A-Z]+/.exec(line)?.[0])).toEqual(["EXTENSION", "START"]);
    await environment.stop();
    expect(log.map((line) => /^[A-Z]+/.exec(line)?.[0])).toEqual(["EXTENSION", "START", "END", "REPORT"]);
  });

  test("goes from assignment to REPORT", async () => {
    const inProgress = environment.assign(invocation("one"));
    start();
    clock.advance(120);
    next();
    expect(delivered).toEqual([{ invocation: invocation("one"), deadlineMs: 1_700_000_003_120 }]);
    bootstraps[0]?.print("hel");
    bootstraps[0]?.print("lo\npartial");
    clock.advance(7);
    environment.session.respond("one", Buffer.from('"ok"'), undefined);
    await expect(inProgress.answered).resolves.toEqual({ payload: Buffer.from('"ok"'), isFunctionError: false });
    expect(free).toBe(1);
    clock.advance(3);
    next();
    expect(log).toEqual([
      "START RequestId: one Version: $LATEST",
      "hello",
      "partial",
      "END RequestId: one",
      "REPORT RequestId: one\tDuration: 10.00 ms\tBilled Duration: 130 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\tInit Duration: 120.00 ms\t",
    ]);
    const tail = Buffer.from(await inProgress.logTail, "base64").toString();
    expect(tail).toBe(log.map((line) => `${line}\n`).join(""));
    expect(clock.timerCount).toBe(0);
  });

  test("has an Init Duration only once per environment", async () => {
    environment.assign(invocation("one"));
    start();
    next();
    environment.session.respond("one", Buffer.from("1"), undefined);
    next();
    environment.assign(invocation("two"));
    environment.session.respond("two", Buffer.from("2"), undefined);
    next();
    expect(log.filter((line) => line.includes("Init Duration"))).toHaveLength(1);
    expect(log.filter((line) => line.startsWith("REPORT"))).toHaveLength(2);
  });

  test("assigned before the runtime asks again waits for it", async () => {
    environment.assign(invocation("one"));
    start();
    next();
    environment.session.respond("one", Buffer.from("1"), undefined);
    const second = environment.assign(invocation("two"));
    expect(delivered).toHaveLength(1);
    next();
    expect(delivered.map((each) => each.invocation.requestId)).toEqual(["one", "two"]);
    environment.session.respond("two", Buffer.from("2"), undefined);
    await expect(second.answered).resolves.toMatchObject({ payload: Buffer.from("2") });
  });

  test("is delivered again to a runtime that asks while it runs", () => {
    environment.assign(invocation("one"));
    start();
    next();
    next();
    expect(delivered.map((each) => each.invocation.requestId)).toEqual(["one", "one"]);
    expect(delivered[0]?.deadlineMs).toBe(delivered[1]?.deadlineMs);
  });

  test("is not given to a runtime that hung up", () => {
    start();
    next()();
    environment.assign(invocation("one"));
    expect(delivered).toEqual([]);
    next();
    expect(delivered).toHaveLength(1);
  });
});

test("an event goes to the request that came first", () => {
  start();
  const asked: string[] = [];
  environment.session.next({ onEvent: () => asked.push("first"), onLost: () => {} });
  environment.session.next({ onEvent: () => asked.push("second"), onLost: () => {} });
  environment.assign(invocation("one"));
  expect(asked).toEqual(["first"]);
});

test("an event goes on to the request that waits when the one that was served had hung up", () => {
  start();
  const asked: string[] = [];
  let lost: (() => void) | undefined;
  environment.session.next({ onEvent: () => asked.push("hung up"), onLost: (callback) => (lost = callback) });
  environment.session.next({ onEvent: () => asked.push("waits"), onLost: () => {} });
  environment.assign(invocation("one"));
  lost?.();
  expect(asked).toEqual(["hung up", "waits"]);
  environment.session.respond("one", Buffer.from("1"), undefined);
  lost?.();
  expect(asked).toHaveLength(2);
});

describe("the platform answers", () => {
  test("a timeout of a runtime that hung up and does not ask again", async () => {
    start();
    next()();
    const inProgress = environment.assign(invocation("one"));
    clock.advance(3000);
    const { payload } = await inProgress.answered;
    expect(JSON.parse(payload.toString())).toMatchObject({ errorType: "Sandbox.Timedout" });
    expect(delivered).toEqual([]);
    await settle();
    expect(gone).toBe(1);
    expect(clock.timerCount).toBe(0);
  });

  test("a timeout, and ends the environment", async () => {
    const inProgress = environment.assign(invocation("one"));
    start();
    next();
    clock.advance(2999);
    expect(inProgress.isAnswered).toBe(false);
    clock.advance(1);
    const { payload, isFunctionError } = await inProgress.answered;
    expect(isFunctionError).toBe(true);
    expect(JSON.parse(payload.toString())).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: "RequestId: one Error: Task timed out after 3.00 seconds",
    });
    expect(bootstraps[0]?.isKilled).toBe(true);
    expect(gone).toBe(1);
    await inProgress.logTail;
    expect(log.at(-1)).toMatch(/Duration: 3000\.00 ms.*\tStatus: timeout\t$/);
  });

  test("a timeout, whose duration is not that of the processes' end", async () => {
    const inProgress = environment.assign(invocation("one"));
    start();
    const { identifier } = environment.host.register("internal", Buffer.from('{"events":[]}'), []);
    next();
    environment.host.next(identifier, () => {});
    clock.advance(3000);
    // With an extension it is asked to go, and has time for that.
    clock.advance(400);
    bootstraps[0]?.exit({ kind: "exited", code: 0 });
    await inProgress.logTail;
    expect(log.at(-1)).toMatch(/Duration: 3000\.00 ms\tBilled Duration: 3000 ms.*\tStatus: timeout\t$/);
  });

  test.each<[string, ExitStatus, string, string]>([
    ["exit 0", { kind: "exited", code: 0 }, "Runtime.ExitError", "Runtime exited without providing a reason"],
    ["exit 3", { kind: "exited", code: 3 }, "Runtime.ExitError", "Runtime exited with error: exit status 3"],
    [
      "a signal",
      { kind: "killed", signal: "SIGSEGV", outOfMemory: false },
      "Runtime.ExitError",
      "Runtime exited with error: signal: segmentation fault",
    ],
    [
      "out of memory",
      { kind: "killed", signal: "SIGKILL", outOfMemory: true },
      "Runtime.OutOfMemory",
      "Runtime exited with error: signal: killed",
    ],
  ])("%s", async (_name, exit, errorType, message) => {
    const inProgress = environment.assign(invocation("one"));
    start();
    next();
    bootstraps[0]?.exit(exit);
    const { payload } = await inProgress.answered;
    expect(JSON.parse(payload.toString())).toEqual({ errorType, errorMessage: `RequestId: one Error: ${message}` });
    await inProgress.logTail;
    expect(log.at(-1)).toContain(`\tStatus: error\tError Type: ${errorType}\t`);
    expect(gone).toBe(1);
  });

  test("a response that is too large, and the runtime goes on", async () => {
    const inProgress = environment.assign(invocation("one"));
    start();
    next();
    expect(() => environment.session.respond("one", Buffer.alloc(6_291_557), undefined)).toThrow(
      expect.objectContaining({ statusCode: 413, errorType: "RequestEntityTooLarge" }),
    );
    expect(JSON.parse((await inProgress.answered).payload.toString())).toMatchObject({
      errorType: "Function.ResponseSizeTooLarge",
    });
    next();
    expect(environment.isReady).toBe(true);
  });

  test("what was reported, verbatim", async () => {
    const inProgress = environment.assign(invocation("one"));
    start();
    next();
    environment.session.reportError("one", { body: Buffer.from("not even JSON"), errorType: "Runtime.Unknown" });
    await expect(inProgress.answered).resolves.toEqual({
      payload: Buffer.from("not even JSON"),
      isFunctionError: true,
    });
  });
});

describe("initialisation", () => {
  /** The runtime says why it cannot begin. */
  function reportInitError(attempt: number): void {
    const body = Buffer.from(`{"attempt":${attempt}}`);
    environment.session.reportInitError({ body, errorType: "Runtime.Unknown" });
  }

  test("a reported error is repeated once, and answers the invocation once the runtime has left", async () => {
    const inProgress = environment.assign(invocation("one"));
    start();
    for (const attempt of [0, 1]) {
      reportInitError(attempt);
      bootstraps[attempt]?.print("last words\n");
      clock.advance(20);
      bootstraps[attempt]?.exit({ kind: "exited", code: 1 });
      // oxlint-disable-next-line no-await-in-loop -- the second one begins when the first has gone
      await settle();
    }
    await expect(inProgress.answered).resolves.toEqual({
      payload: Buffer.from('{"attempt":1}'),
      isFunctionError: true,
    });
    const because = "Status: error\tError Type: Runtime.Unknown";
    expect(log).toEqual([
      "last words",
      `INIT_REPORT Init Duration: 20.00 ms\tPhase: init\t${because}`,
      "last words",
      `INIT_REPORT Init Duration: 20.00 ms\tPhase: invoke\t${because}`,
      "START RequestId: one Version: $LATEST",
      "END RequestId: one",
      expect.stringMatching(
        /^REPORT RequestId: one\tDuration: 20\.00 ms\t.*\tStatus: error\tError Type: Runtime\.Unknown\t$/,
      ),
    ]);
    expect(gone).toBe(1);
    expect(clock.timerCount).toBe(0);
  });

  test("a repeated init that is well takes the event", async () => {
    const inProgress = environment.assign(invocation("one"));
    start();
    reportInitError(0);
    bootstraps[0]?.exit({ kind: "exited", code: 1 });
    await settle();
    bootstraps[1]?.print("now it is well\n");
    next();
    environment.session.respond("one", Buffer.from("1"), undefined);
    await expect(inProgress.answered).resolves.toEqual({ payload: Buffer.from("1"), isFunctionError: false });
    expect(log.slice(1)).toEqual(["now it is well", "START RequestId: one Version: $LATEST"]);
  });

  test("a reported error without an invocation ends the environment", async () => {
    start();
    reportInitError(0);
    bootstraps[0]?.exit({ kind: "exited", code: 1 });
    await settle();
    expect({ gone, count: bootstraps.length }).toEqual({ gone: 1, count: 1 });
  });

  test("a runtime that stays after its init error is killed", async () => {
    const inProgress = environment.assign(invocation("one"));
    start();
    for (const attempt of [0, 1]) {
      reportInitError(attempt);
      clock.advance(500);
      expect(bootstraps[attempt]?.isKilled).toBe(true);
      // oxlint-disable-next-line no-await-in-loop -- the second one begins when the first has gone
      await settle();
    }
    await inProgress.answered;
  });

  test("a crash is repeated once, inside the invocation", async () => {
    const inProgress = environment.assign(invocation("one"));
    start();
    bootstraps[0]?.exit({ kind: "exited", code: 1 });
    await settle();
    expect(bootstraps).toHaveLength(2);
    expect(log).toEqual([
      "INIT_REPORT Init Duration: 0.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError",
    ]);
    bootstraps[1]?.exit({ kind: "exited", code: 1 });
    expect(JSON.parse((await inProgress.answered).payload.toString())).toMatchObject({
      errorType: "Runtime.ExitError",
    });
    expect(bootstraps).toHaveLength(2);
  });

  test("more than ten seconds are repeated inside the invocation, under its timeout", async () => {
    const inProgress = environment.assign(invocation("one"));
    start();
    clock.advance(10_000);
    await settle();
    expect(bootstraps).toHaveLength(2);
    expect(bootstraps[0]?.isKilled).toBe(true);
    clock.advance(1000);
    next();
    expect(delivered[0]?.deadlineMs).toBe(clock.now() + 2000);
    environment.session.respond("one", Buffer.from("1"), undefined);
    await expect(inProgress.answered).resolves.toMatchObject({ isFunctionError: false });
    next();
    expect(log.at(-1)).not.toContain("Init Duration");
  });

  test("a bootstrap that cannot be started is not tried twice", async () => {
    const inProgress = environment.assign(invocation("one"));
    start();
    bootstraps[0]?.exit({ kind: "not-started", reason: "spawn EACCES" });
    expect(JSON.parse((await inProgress.answered).payload.toString())).toEqual({
      errorType: "Runtime.InvalidEntrypoint",
      errorMessage: "RequestId: one Error: spawn EACCES",
    });
    expect(bootstraps).toHaveLength(1);
  });
});

describe("the Runtime API refuses", () => {
  const transition = (from: string, to: string) =>
    expect.objectContaining({
      statusCode: 403,
      errorType: "InvalidStateTransition",
      message: `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`,
    });
  const unknownId = expect.objectContaining({ statusCode: 400, errorType: "InvalidRequestID" });

  let inProgress: InvocationInProgress;

  beforeEach(() => {
    inProgress = environment.assign(invocation("one"));
    start();
  });

  test("a response for another request", () => {
    next();
    expect(() => environment.session.respond("two", Buffer.alloc(0), undefined)).toThrow(unknownId);
    environment.session.respond("one", Buffer.alloc(0), undefined);
  });

  test("a second response", () => {
    next();
    environment.session.respond("one", Buffer.alloc(0), undefined);
    expect(() => environment.session.respond("one", Buffer.alloc(0), undefined)).toThrow(
      transition("RuntimeResponseSentState", "InvocationResponse"),
    );
    expect(() =>
      environment.session.reportError("one", { body: Buffer.alloc(0), errorType: "Runtime.Unknown" }),
    ).toThrow(transition("RuntimeResponseSentState", "InvocationErrorResponse"));
  });

  test("a response after the next event was asked for", () => {
    next();
    environment.session.respond("one", Buffer.alloc(0), undefined);
    next();
    expect(() => environment.session.respond("one", Buffer.alloc(0), undefined)).toThrow(unknownId);
  });

  test("a response after the next event was asked for, while output is on its way", () => {
    next();
    environment.session.respond("one", Buffer.alloc(0), undefined);
    const bootstrap = bootstraps[0];
    if (bootstrap !== undefined) bootstrap.outputOnItsWay = Promise.resolve();
    next();
    expect(() => environment.session.respond("one", Buffer.alloc(0), undefined)).toThrow(unknownId);
  });

  test("an init error after init, and next after an init error", () => {
    next();
    expect(() => environment.session.reportInitError({ body: Buffer.alloc(0), errorType: "" })).toThrow(
      transition("Running", "InitError"),
    );
  });

  test("next after an init error", () => {
    environment.session.reportInitError({ body: Buffer.alloc(0), errorType: "" });
    expect(next).toThrow(transition("InitError", "Ready"));
  });

  test("an unknown response mode, which answers the caller with nothing", async () => {
    next();
    const respond = (): void => environment.session.respond("one", Buffer.from("1"), "chunky");
    expect(respond).toThrow(expect.objectContaining({ errorType: "InvalidFunctionResponseMode" }));
    await expect(inProgress.answered).resolves.toEqual({ payload: Buffer.alloc(0), isFunctionError: true });
  });
});

describe("the end", () => {
  test("a bootstrap that leaves while idle makes room", async () => {
    environment.assign(invocation("one"));
    start();
    next();
    environment.session.respond("one", Buffer.alloc(0), undefined);
    next();
    bootstraps[0]?.exit({ kind: "exited", code: 0 });
    await settle();
    expect(gone).toBe(1);
  });

  test("a bootstrap that leaves with an invocation queued is started again for it", async () => {
    environment.assign(invocation("one"));
    start();
    next();
    environment.session.respond("one", Buffer.from("1"), undefined);
    const second = environment.assign(invocation("two"));
    bootstraps[0]?.exit({ kind: "exited", code: 0 });
    await settle();
    expect(bootstraps).toHaveLength(2);
    next();
    environment.session.respond("two", Buffer.from("2"), undefined);
    await expect(second.answered).resolves.toMatchObject({ payload: Buffer.from("2") });
    expect(gone).toBe(0);
  });

  test.each([true, false])(
    "a bootstrap that leaves while REPORT is written is reported once (queued: %s)",
    async (isQueued) => {
      environment.assign(invocation("one"));
      start();
      next();
      const arrived = Promise.withResolvers<void>();
      const [bootstrap] = bootstraps;
      if (bootstrap !== undefined) bootstrap.outputOnItsWay = arrived.promise;
      environment.session.respond("one", Buffer.from("1"), undefined);
      const second = isQueued ? environment.assign(invocation("two")) : undefined;
      next();
      bootstrap?.exit({ kind: "exited", code: 1 });
      await settle();
      arrived.resolve();
      await settle();
      expect(log.map((line) => line.split(" ")[0])).toEqual(["START", "END", "REPORT"]);
      expect(gone).toBe(isQueued ? 0 : 1);
      if (second === undefined) return;
      next();
      environment.session.respond("two", Buffer.from("2"), undefined);
      await expect(second.answered).resolves.toMatchObject({ payload: Buffer.from("2") });
    },
  );

  test("stopped while it is to be started again, it is gone, once", async () => {
    environment.assign(invocation("one"));
    start();
    next();
    environment.session.respond("one", Buffer.from("1"), undefined);
    const second = environment.assign(invocation("two"));
    clock.advance(3000);
    await Promise.all([environment.stop(), environment.stop()]);
    await expect(second.answered).rejects.toThrow("closed");
    expect(bootstraps).toHaveLength(1);
    expect(gone).toBe(1);
    expect(clock.timerCount).toBe(0);
  });

  test("stop kills the bootstrap and abandons the invocation", async () => {
    const inProgress = environment.assign(invocation("one"));
    start();
    next();
    await environment.stop();
    expect(bootstraps[0]?.isKilled).toBe(true);
    await expect(inProgress.answered).rejects.toThrow("closed");
    expect(clock.timerCount).toBe(0);
    expect(gone).toBe(1);
    expect(next).toThrow(expect.objectContaining({ statusCode: 403 }));
  });
});
