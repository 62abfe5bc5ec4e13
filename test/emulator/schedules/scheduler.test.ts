import { expect, test } from "vitest";
import { readSchedules } from "../../../emulator/schedules/schedule.ts";
import { Scheduler } from "../../../emulator/schedules/scheduler.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;

interface Due {
  readonly functionName: string;
  readonly event: Record<string, unknown>;
}

/** A scheduler, and what it tells. ManualClock begins at 2023-11-14T22:13:20Z. */
function schedule(functions: Readonly<Record<string, readonly string[]>>, clock = new ManualClock()) {
  const due: Due[] = [];
  const notices: string[] = [];
  const scheduler = new Scheduler({
    functions: Object.entries(functions).map(([name, expressions]) => ({
      name,
      schedules: readSchedules(name, expressions),
    })),
    region: "eu-west-1",
    accountId: "123456789012",
    clock,
    onDue: (functionName, event) => due.push({ functionName, event: JSON.parse(event) as Due["event"] }),
    onNotice: (message) => notices.push(message),
  });
  const times = (): unknown[] => due.map(({ event }) => event["time"]);
  return { scheduler, clock, due, notices, times };
}

/** Minute by minute, as time passes. */
function pass(clock: ManualClock, minutes: number): void {
  for (let minute = 0; minute < minutes; minute++) clock.advance(minuteMs);
}

test("the event is EventBridge's", () => {
  const { clock, due } = schedule({ orders: ["rate(1 minute)"] });
  clock.advance(minuteMs - 1);
  expect(due).toEqual([]);
  clock.advance(1);
  expect(due).toEqual([
    {
      functionName: "orders",
      event: {
        version: "0",
        id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/) as string,
        "detail-type": "Scheduled Event",
        source: "aws.events",
        account: "123456789012",
        time: "2023-11-14T22:14:20Z",
        region: "eu-west-1",
        resources: ["arn:aws:events:eu-west-1:123456789012:rule/orders-schedule-1"],
        detail: {},
      },
    },
  ]);
});

test("each time has an event of its own id", () => {
  const { clock, due } = schedule({ orders: ["rate(1 minute)"] });
  pass(clock, 5);
  expect(new Set(due.map(({ event }) => event["id"])).size).toBe(5);
});

test("several schedules of several functions come each at its times", () => {
  const { clock, due } = schedule({ orders: ["rate(2 minutes)", "cron(15 22 * * ? *)"], audit: ["rate(3 minutes)"] });
  pass(clock, 6);
  expect(
    due.map(({ event }) => `${String(event["time"])} ${String(event["resources"]).split("/")[1]}`).toSorted(),
  ).toEqual([
    "2023-11-14T22:15:00Z orders-schedule-2",
    "2023-11-14T22:15:20Z orders-schedule-1",
    "2023-11-14T22:16:20Z audit-schedule-1",
    "2023-11-14T22:17:20Z orders-schedule-1",
    "2023-11-14T22:19:20Z audit-schedule-1",
    "2023-11-14T22:19:20Z orders-schedule-1",
  ]);
  expect(new Set(due.map(({ functionName }) => functionName))).toEqual(new Set(["orders", "audit"]));
});

test("a time that is farther away than a timer reaches", () => {
  const clock = new ManualClock();
  const delays: number[] = [];
  const startTimer = clock.startTimer.bind(clock);
  clock.startTimer = (delayMs, onElapsed) => {
    delays.push(delayMs);
    return startTimer(delayMs, onElapsed);
  };
  const { times } = schedule({ orders: ["cron(0 0 1 1 ? 2026)"] }, clock);
  // 2026-01-01 is 779 days away.
  for (let day = 0; day < 778; day++) clock.advance(dayMs);
  expect(times()).toEqual([]);
  clock.advance(dayMs);
  expect(times()).toEqual(["2026-01-01T00:00:00Z"]);
  expect(Math.max(...delays)).toBeLessThan(2 ** 31);
  expect(clock.timerCount).toBe(0);
});

test("a timer that comes early waits for the rest", () => {
  const clock = new ManualClock();
  const startTimer = clock.startTimer.bind(clock);
  clock.startTimer = (delayMs, onElapsed) => startTimer(Math.max(delayMs - 1, 1), onElapsed);
  const { times } = schedule({ orders: ["rate(1 minute)"] }, clock);
  clock.advance(minuteMs - 1);
  expect(times()).toEqual([]);
  clock.advance(1);
  expect(times()).toEqual(["2023-11-14T22:14:20Z"]);
});

test("of the times that were slept through one is made up for", () => {
  const { clock, times } = schedule({ orders: ["rate(5 minutes)"] });
  clock.advance(62 * minuteMs);
  expect(times()).toEqual(["2023-11-14T22:18:20Z"]);
  pass(clock, 3);
  expect(times()).toEqual(["2023-11-14T22:18:20Z", "2023-11-14T23:18:20Z"]);
});

test("a closed scheduler has no timers left", () => {
  const { scheduler, clock, due } = schedule({
    orders: ["rate(1 minute)", "rate(1 day)"],
    audit: ["cron(* * * * ? *)"],
  });
  pass(clock, 2);
  const before = due.length;
  expect([before, clock.timerCount]).toEqual([4, 3]);
  scheduler.close();
  expect(clock.timerCount).toBe(0);
  pass(clock, 2);
  expect(due).toHaveLength(before);
});

test("it says when each comes first, and which never does", () => {
  const { notices, clock } = schedule({ orders: ["rate(1 hour)", "cron(0 0 30 2 ? *)"] });
  expect(notices).toEqual([
    "rate(1 hour) invokes orders first at 2023-11-14T23:13:20Z",
    "cron(0 0 30 2 ? *) invokes orders never: it has no time left",
  ]);
  expect(clock.timerCount).toBe(1);
});
