/**
 * A random, repeatable mix of what invocations that share environments do: answers, errors, answers that come too late, and
 * ends of the process they share. `CHAOS_OPERATIONS` makes it longer, `CHAOS_SEED` another one.
 */
import { expect, test } from "vitest";
import { ServiceException, startEmulator, type EmulatorInvokeResult, type LogEvent } from "../../../emulator/index.ts";
import { findMarked } from "../../support/marked-processes.ts";
import { SeededRandom } from "../../support/seeded-random.ts";

const operations = Number(process.env["CHAOS_OPERATIONS"] ?? 600);
const seed = Number(process.env["CHAOS_SEED"] ?? 20_261_129);
const source = new URL("../../fixtures/functions/shared-chaos.ts", import.meta.url).pathname;
/** Others may need as long on a busy machine: then they are told so, too. */
const timeoutMs = 300;
const callers = 12;
/** Variable of the functions' processes. */
const marker = "SHARED_CHAOS";

interface Event {
  readonly nonce: number;
  readonly how: "answer" | "throw" | "late" | "exit";
  readonly ms: number;
}

function pickEvent(random: SeededRandom, nonce: number): Event {
  const how = random.pickWeighted({ answer: 80, throw: 12, late: 2, exit: 0.7 });
  return { nonce, how, ms: how === "late" ? timeoutMs + 150 : random.below(8) };
}

/** Nobody gets what belongs to another. */
function judge({ nonce, how }: Event, { payload, requestId, functionError, logResult }: EmulatorInvokeResult): string {
  const { errorType, errorMessage } = payload as { readonly errorType?: string; readonly errorMessage?: string };
  if (functionError === undefined) {
    expect([how, payload]).toEqual(["answer", { nonce }]);
    expect(logResult).toContain(`"message":"nonce ${nonce}"`);
    expect(logResult.match(/"requestId":"[^"]+"/g)?.every((each) => each.includes(requestId))).toBe(true);
    return "answer";
  }
  if (errorType === "RangeError") expect([how, errorMessage]).toEqual(["throw", `nonce ${nonce}`]);
  else expect(errorMessage).toContain(`RequestId: ${requestId} Error: `);
  if (how === "late") expect(["Sandbox.Timedout", "Runtime.ExitError"]).toContain(errorType);
  return errorType ?? "";
}

test("every invocation is answered as its own event says, and reported once", { timeout: 600_000 }, async () => {
  const random = new SeededRandom(seed);
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const log: LogEvent[] = [];
  let begun = 0;
  {
    await using emulator = await startEmulator({
      functions: {
        it: {
          source,
          maxConcurrency: 4,
          concurrency: 2,
          timeoutMs,
          environment: { AWS_LAMBDA_NODEJS_WORKER_COUNT: "2" },
        },
      },
      onLog: (event) => log.push(event),
    });
    const invoke = async (event: Event): Promise<EmulatorInvokeResult> => {
      for (;;) {
        try {
          // oxlint-disable-next-line no-await-in-loop -- until it is taken
          return await emulator.invoke("it", event);
        } catch (error) {
          if (!(error instanceof ServiceException) || error.statusCode !== 429) throw error;
          count("429");
          // oxlint-disable-next-line no-await-in-loop -- what the runtimes have sent is read before the next attempt
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    };
    const call = async (): Promise<void> => {
      while (begun++ < operations) {
        const event = pickEvent(random, begun);
        // oxlint-disable-next-line no-await-in-loop -- a caller waits for its answer
        count(judge(event, await invoke(event)));
      }
    };
    await Promise.all(Array.from({ length: callers }, call));
    await emulator.waitForIdle();
  }
  const ids = (type: string): readonly string[] =>
    log.flatMap(({ line }) => {
      if (!line.startsWith(`{"time":`) || !line.includes(`"type":"platform.${type}"`)) return [];
      return (JSON.parse(line) as { readonly record: { readonly requestId: string } }).record.requestId;
    });
  expect(new Set(ids("start")).size).toBe(operations);
  expect(ids("report").toSorted()).toEqual(ids("start").toSorted());
  for (const what of ["answer", "RangeError", "Sandbox.Timedout", "Runtime.ExitError", "429"]) {
    expect(counts.get(what) ?? 0, what).toBeGreaterThan(0);
  }
  expect(findMarked(`${marker}=${process.pid}`)).toEqual([]);
});
