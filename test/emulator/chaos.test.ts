/**
 * A random, repeatable mix of everything that functions and callers do wrong, at once. `CHAOS_OPERATIONS` makes it longer,
 * `CHAOS_SEED` another one.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, vi } from "vitest";
import { ServiceException } from "../../emulator/errors.ts";
import { startEmulator, type Emulator } from "../../emulator/index.ts";
import { initBehaviours, judgeAnswer, pickEvent, type AnswerKind } from "../support/chaos.ts";
import { findMarked } from "../support/marked-processes.ts";
import { exchange, formatRequest, malformedRequests } from "../support/raw-http.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { test } from "../support/temporary-folder.ts";

const operations = Number(process.env["CHAOS_OPERATIONS"] ?? 600);
const seed = Number(process.env["CHAOS_SEED"] ?? 20_261_123);
const callersAtOnce = 6;
/** By name, how many environments; those of the last two may lose an invocation to the one before it. */
const functions = { one: 1, two: 2, three: 3, four: 4 };
const names = Object.keys(functions) as (keyof typeof functions)[];
/** Nothing is to time out in the first two, not even an init that is repeated inside of an invocation on a busy machine. */
const timeoutMs = { one: 15_000, two: 15_000, three: 500, four: 500 };
const bootstrap = new URL("../fixtures/functions/chaos-bootstrap.mjs", import.meta.url).pathname;
/** Vitest need not watch the clock: the number of operations is the limit. */
const withoutTimeout = { timeout: 3_600_000 };
const malformed = Object.values(malformedRequests);

/** Handles that stay open; timers come and go with the test runner. */
const openHandles = (): readonly string[] =>
  process
    .getActiveResourcesInfo()
    .filter((name) => /Server|Socket|Process/.test(name))
    .toSorted();

/** One run: the emulator, and what became of what it was asked for. */
class Chaos {
  readonly random = new SeededRandom(seed);
  readonly emulator: Emulator;
  readonly initFolder: string;
  readonly counts = new Map<string, number>();
  readonly accepted = new Set<string>();
  readonly #limit: number;
  #begun = 0;
  #nonce = 0;
  #onBegun: () => void = () => {};

  constructor(emulator: Emulator, initFolder: string, limit: number) {
    this.emulator = emulator;
    this.initFolder = initFolder;
    this.#limit = limit;
  }

  /** Resolves when so many operations were begun. */
  async untilBegun(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onBegun = () => {
        if (this.#begun >= count) resolve();
      };
      this.#onBegun();
    });
  }

  /** Environments that start from now on do not fail. */
  endFailingInits(): void {
    for (const name of readdirSync(this.initFolder)) rmSync(join(this.initFolder, name));
  }

  /** One of several callers: one operation after the other, until there are none left. */
  async call(): Promise<void> {
    while (this.#begun++ < this.#limit) {
      this.#onBegun();
      const kind = this.random.pickWeighted(callerWeights);
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      // oxlint-disable-next-line no-await-in-loop -- a caller waits for its answer
      await this[kind]();
    }
  }

  async overHttp(): Promise<void> {
    const { name, event, nonce, expected } = this.#pick();
    const { status, requestId, body } = await this.#post(name, JSON.stringify(event));
    if (status === 429) return this.#count("429");
    expect(status).toBe(200);
    this.#judge(name, event, judgeAnswer(body, requestId, nonce), expected);
  }

  async directly(): Promise<void> {
    const { name, event, nonce, expected } = this.#pick();
    try {
      const { payloadText, requestId, logResult } = await this.emulator.invoke(name, event);
      this.#judge(name, event, judgeAnswer(payloadText, requestId, nonce), expected);
      if (event.how !== "flood") expect(logResult).toContain(`REPORT RequestId: ${requestId}`);
    } catch (error) {
      if (!(error instanceof ServiceException) || error.statusCode !== 429) throw error;
      this.#count("429");
    }
  }

  async asEvent(): Promise<void> {
    const { name, event } = this.#pick();
    if (this.random.below(2) === 0) {
      this.accepted.add(await this.emulator.invokeAsync(name, event));
      return;
    }
    const { status, requestId } = await this.#post(name, JSON.stringify(event), { "x-amz-invocation-type": "Event" });
    expect(status).toBe(202);
    this.accepted.add(requestId);
  }

  /** More at once than there are environments: each is answered or refused. */
  async allAtOnce(): Promise<void> {
    await Promise.all(Array.from({ length: 6 }, () => this.overHttp()));
  }

  async malformed(): Promise<void> {
    const received = await exchange(this.#port, [this.random.pick(malformed)]);
    expect(received).toMatch(/^HTTP\/1\.1 40[03] /);
  }

  async slowly(): Promise<void> {
    const { name, event } = this.#pick();
    const bytes = formatRequest("POST", invocations(name), JSON.stringify(event));
    expect(await exchange(this.#port, bytes.match(/[^]{1,40}/g) ?? [])).toMatch(/^HTTP\/1\.1 (200|429) /);
  }

  /** Somewhere in the request, or behind it. */
  async goAway(): Promise<void> {
    const { name, event } = this.#pick();
    const bytes = formatRequest("POST", invocations(name), JSON.stringify(event));
    const length = this.random.below(2) === 0 ? bytes.length : this.random.below(bytes.length);
    await exchange(this.#port, [bytes.slice(0, length)], this.random.pick(["hang-up", "half-close"]));
  }

  /** The next environment that starts fails. */
  async failInit(): Promise<void> {
    const how = this.random.pick(initBehaviours);
    writeFileSync(join(this.initFolder, `${this.#nonce++}-${how}`), "");
  }

  get #port(): number {
    return Number(new URL(this.emulator.url).port);
  }

  #pick() {
    const name = this.random.pick(names);
    const nonce = `${name}-${this.#nonce++}`;
    const { event, kind: expected } = pickEvent(this.random, nonce, name === "three" || name === "four");
    return { name, event, nonce, expected };
  }

  #judge(name: string, event: object, kind: AnswerKind, expected: AnswerKind): void {
    this.#count(kind);
    const always: readonly AnswerKind[] = [expected, "exit", "init-error"];
    const isCostly = name === "three" || name === "four";
    const allowed = isCostly ? [...always, "timeout"] : always;
    expect(allowed, `${name} ${JSON.stringify(event)}`).toContain(kind);
  }

  #count(kind: string): void {
    this.counts.set(`-> ${kind}`, (this.counts.get(`-> ${kind}`) ?? 0) + 1);
  }

  async #post(name: string, body: string, headers: Record<string, string> = {}) {
    return new Promise<{ status: number; requestId: string; body: string }>((resolve, reject) => {
      request(this.emulator.url + invocations(name), { method: "POST", headers, agent: false }, (response) => {
        const requestId = String(response.headers["x-amzn-requestid"]);
        text(response).then(
          (received) => resolve({ status: response.statusCode ?? 0, requestId, body: received }),
          reject,
        );
      })
        .on("error", reject)
        .end(body);
    });
  }
}

const callerWeights = {
  overHttp: 25,
  directly: 25,
  asEvent: 8,
  allAtOnce: 3,
  malformed: 6,
  slowly: 6,
  goAway: 8,
  failInit: 6,
} as const;

const invocations = (name: string): string => `/2015-03-31/functions/${name}/invocations`;

/** What the log tells of one request id. */
type LineCounts = Record<"start" | "end" | "report", number>;

/** An emulator whose temporary files are below `folder`, and the callers for it. */
async function startChaos(folder: string, limit: number, lines = new Map<string, LineCounts>()): Promise<Chaos> {
  for (const name of ["init", "code", "tmp"]) mkdirSync(join(folder, name));
  const source = join(folder, "code", "bootstrap");
  writeFileSync(source, `#!/bin/sh\nexec '${process.execPath}' '${bootstrap}'\n`, { mode: 0o755 });
  const records = join(folder, "records.jsonl");
  vi.stubEnv("TMPDIR", join(folder, "tmp"));
  const emulator = await startEmulator({
    functions: Object.fromEntries(
      names.map((name) => [
        name,
        {
          source,
          concurrency: functions[name],
          timeoutMs: timeoutMs[name],
          environment: { CHAOS_RUN: folder, CHAOS_INIT_FOLDER: join(folder, "init") },
          eventInvokeConfig: {
            retryDelaysMs: [10, 20],
            maximumEventAgeMs: 5000,
            onSuccess: records,
            onFailure: records,
          },
        },
      ]),
    ),
    onLog: ({ source: from, line, requestId }) => {
      const word = /^(START|END|REPORT) RequestId: /.exec(line)?.[1]?.toLowerCase();
      if (from !== "platform" || word === undefined || requestId === undefined) return;
      const counted = lines.get(requestId) ?? { start: 0, end: 0, report: 0 };
      lines.set(requestId, counted);
      counted[word as keyof LineCounts]++;
    },
  });
  vi.unstubAllEnvs();
  return new Chaos(emulator, join(folder, "init"), limit);
}

async function expectNothingLeft(folder: string, handlesBefore: readonly string[]): Promise<void> {
  expect(readdirSync(join(folder, "tmp"))).toEqual([]);
  await expect.poll(() => findMarked(`CHAOS_RUN=${folder}`)).toEqual([]);
  await expect.poll(openHandles).toEqual(handlesBefore);
}

test(
  "whatever goes wrong, every invocation has one answer, and nothing is left",
  withoutTimeout,
  async ({ folder }) => {
    const before = openHandles();
    const lines = new Map<string, LineCounts>();
    const chaos = await startChaos(folder, operations, lines);
    await using emulator = chaos.emulator;
    await Promise.all(Array.from({ length: callersAtOnce }, () => chaos.call()));
    await emulator.waitForIdle();

    // An event has one record, whatever became of it.
    const recorded = readFileSync(join(folder, "records.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { requestContext: { requestId: string } }).requestContext.requestId);
    expect(recorded.toSorted()).toEqual([...chaos.accepted].toSorted());

    chaos.endFailingInits();
    await Promise.all(names.map((name) => untilItWorks(emulator, name)));
    await emulator.close();
    await emulator.waitForIdle();

    // What is still under way when the emulator is closed has no end; an invocation that is tried again has several.
    const unended = [...lines.values()].filter(({ start, end }) => start !== end);
    expect(unended.length).toBeLessThanOrEqual(10);
    for (const { start, end, report } of lines.values()) {
      expect(report).toBe(end);
      expect(start - end).toBeOneOf([0, 1]);
    }
    await expectNothingLeft(folder, before);
    console.log(JSON.stringify(Object.fromEntries(chaos.counts)));
  },
);

test("closed in the middle of it, nothing is left either", withoutTimeout, async ({ folder }) => {
  const before = openHandles();
  const random = new SeededRandom(seed);
  for (let round = 0; round < Math.ceil(operations / 60); round++) {
    const own = join(folder, String(round));
    mkdirSync(own);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await closeInTheMiddle(own, 1 + random.below(60));
    // oxlint-disable-next-line no-await-in-loop
    await expectNothingLeft(own, before);
  }
});

async function closeInTheMiddle(folder: string, after: number): Promise<void> {
  const chaos = await startChaos(folder, Number.POSITIVE_INFINITY);
  const callers = Promise.allSettled(Array.from({ length: callersAtOnce }, () => chaos.call()));
  await chaos.untilBegun(after);
  await chaos.emulator.close();
  // A caller may be refused, cut off or told half; but not given the answer of another.
  for (const ended of await callers) {
    expect(ended).toMatchObject({ status: "rejected" });
    if (ended.status === "rejected") expect(String(ended.reason)).not.toContain(" got ");
  }
}

/** As often as there are environments that may be broken. */
async function untilItWorks(emulator: Emulator, name: keyof typeof functions): Promise<void> {
  const nonce = `${name}-last`;
  for (let attempt = 0; ; attempt++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { payloadText, requestId } = await emulator.invoke(name, { how: "plain", nonce });
    if (judgeAnswer(payloadText, requestId, nonce) === "answer") return;
    expect(attempt).toBeLessThan(functions[name]);
  }
}
