/** Functions that schedules invoke, by a clock of the test's own. */
import { expect, test } from "vitest";
import { startEmulator, type Emulator, type FunctionOptions, type LogEvent } from "../../emulator/index.ts";
import { ManualClock } from "../support/manual-clock.ts";

const fixture = (name: string): string => new URL(`../fixtures/functions/${name}`, import.meta.url).pathname;
const echo = fixture("echo.ts");
const misbehave = fixture("misbehave.ts");
const minuteMs = 60_000;

interface Started {
  readonly emulator: Emulator;
  readonly clock: ManualClock;
  readonly log: LogEvent[];
  readonly notices: string[];
  /** The events that the functions have printed. */
  readonly events: () => Record<string, unknown>[];
}

/** ManualClock begins at 2023-11-14T22:13:20Z. */
async function start(functions: Readonly<Record<string, FunctionOptions>>): Promise<Started> {
  const [clock, log, notices]: [ManualClock, LogEvent[], string[]] = [new ManualClock(), [], []];
  const emulator = await startEmulator({
    functions,
    clock,
    region: "eu-west-1",
    accountId: "123456789012",
    onLog: (event) => log.push(event),
    onNotice: (message) => notices.push(message),
  });
  const events = (): Record<string, unknown>[] =>
    log
      .flatMap(({ line }) => /\tevent (\{.*\})$/.exec(line)?.[1] ?? [])
      .map((json) => JSON.parse(json) as Record<string, unknown>);
  return { emulator, clock, log, notices, events };
}

test("a function gets EventBridge's event at each of its times", async () => {
  const { emulator, clock, events, notices } = await start({
    orders: { source: echo, schedules: ["rate(5 minutes)", "cron(20 22 14 11 ? 2023)"] },
  });
  await using _ = emulator;
  clock.advance(5 * minuteMs);
  await emulator.waitForIdle();
  await expect.poll(() => events().length).toBe(1);
  clock.advance(2 * minuteMs);
  await emulator.waitForIdle();
  await expect.poll(() => events().length).toBe(2);
  expect(events()).toMatchObject([
    {
      "detail-type": "Scheduled Event",
      source: "aws.events",
      account: "123456789012",
      region: "eu-west-1",
      time: "2023-11-14T22:18:20Z",
      resources: ["arn:aws:events:eu-west-1:123456789012:rule/orders-schedule-1"],
    },
    {
      time: "2023-11-14T22:20:00Z",
      resources: ["arn:aws:events:eu-west-1:123456789012:rule/orders-schedule-2"],
    },
  ]);
  expect(notices).toEqual([
    "rate(5 minutes) invokes orders first at 2023-11-14T22:18:20Z",
    "cron(20 22 14 11 ? 2023) invokes orders first at 2023-11-14T22:20:00Z",
  ]);
});

test("each function gets its own", async () => {
  const { emulator, clock, log } = await start({
    orders: { source: echo, schedules: ["rate(1 hour)"] },
    audit: { source: echo, schedules: ["rate(2 hours)"] },
    idle: { source: echo },
  });
  await using _ = emulator;
  const starts = (): string[] =>
    log.flatMap(({ functionName, line }) => (line.startsWith("START") ? [functionName] : []));
  clock.advance(60 * minuteMs);
  await emulator.waitForIdle();
  expect(starts()).toEqual(["orders"]);
  clock.advance(60 * minuteMs);
  await emulator.waitForIdle();
  expect(starts().toSorted()).toEqual(["audit", "orders", "orders"]);
});

test("one that fails is tried again, as any asynchronous invocation", async () => {
  const { emulator, clock, log } = await start({
    it: { source: fixture("fail.ts"), schedules: ["rate(1 day)"] },
  });
  await using _ = emulator;
  const starts = (): (string | undefined)[] =>
    log.filter(({ line }) => line.startsWith("START")).map(({ requestId }) => requestId);
  clock.advance(24 * 60 * minuteMs);
  // Two timers of that length: the schedule looks at the clock once a minute.
  await expect.poll(() => [starts().length, clock.timerAfter(minuteMs)]).toEqual([1, 2]);
  clock.advance(minuteMs);
  await expect.poll(() => [starts().length, clock.timerAfter(2 * minuteMs)]).toEqual([2, 1]);
  clock.advance(2 * minuteMs);
  await emulator.waitForIdle();
  expect(starts()).toHaveLength(3);
  expect(new Set(starts()).size).toBe(1);
});

test("a schedule keeps nobody waiting, and a closed emulator has no timers", async () => {
  const { emulator, clock, log } = await start({ it: { source: misbehave, schedules: ["rate(1 minute)"] } });
  await emulator.waitForIdle();
  expect(clock.timerCount).toBe(1);
  await emulator.close();
  expect(clock.timerCount).toBe(0);
  clock.advance(10 * minuteMs);
  expect(log).toEqual([]);
});

test.each([
  [{ schedules: ["rate(1 minutes)"] }, "Function it: schedules[0]: rate takes minute for 1 and minutes for more"],
  [{ schedules: ["rate(1 day)", "cron(0 10 * * * *)"] }, "Function it: schedules[1]: exactly one of day-of-month"],
  [{ schedules: ["5 minutes"] }, "Function it: schedules[0] must be rate(…) or cron(…)"],
  [{ schedules: "rate(1 minute)" }, "Function it: schedules must be an array of rate(…) and cron(…)"],
  [{ schedules: [5] }, "Function it: schedules must be an array of rate(…) and cron(…)"],
  [{ schedules: ["rate(1 minute)"], tenantIsolation: true }, "Function it: schedules name no tenant"],
])("%j is refused", async (options, message) => {
  await expect(start({ it: { source: misbehave, ...(options as object) } })).rejects.toMatchObject({
    name: "EmulatorError",
    code: "BAD_OPTIONS",
    message: expect.stringContaining(message) as string,
  });
});
