/** External and internal extensions as processes: order of start, deadlines, budgets, what happens when one is gone. */
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { startEmulator, type Emulator, type FunctionOptions, type LogEvent } from "../../emulator/index.ts";
import { gone } from "../support/gone.ts";
import { test } from "../support/temporary-folder.ts";

const source = new URL("../fixtures/functions/witness.mjs", import.meta.url).pathname;
const witness = new URL("../fixtures/extensions/witness.mjs", import.meta.url).pathname;

/** What one of them wrote down. */
interface Note {
  readonly who: string;
  readonly what: string;
  readonly atMs: number;
  readonly pid: number;
  readonly event?: { readonly deadlineMs: number; readonly shutdownReason?: string };
}

interface Witness {
  readonly events?: readonly string[];
  readonly gatePort?: number;
  readonly stays?: boolean;
}

interface Play {
  readonly emulator: Emulator;
  readonly log: readonly LogEvent[];
  /** Resolves with the first line that matches. */
  readonly line: (pattern: RegExp) => Promise<string>;
}

/** Starts a function beside extensions of these names, and tells what they wrote down once the emulator is closed. */
async function play(
  folder: string,
  witnesses: Readonly<Record<string, Witness>>,
  use: (play: Play) => Promise<void>,
  options: Partial<FunctionOptions> = {},
): Promise<Note[]> {
  const file = join(folder, "notes");
  const extensions = join(folder, "layer/extensions");
  mkdirSync(extensions, { recursive: true });
  writeFileSync(file, "");
  for (const name of Object.keys(witnesses)) {
    writeFileSync(join(extensions, name), `#!/bin/sh\nexec "${process.execPath}" "${witness}" ${name}\n`);
    chmodSync(join(extensions, name), 0o755);
  }
  const log: LogEvent[] = [];
  let changed = Promise.withResolvers<void>();
  {
    await using emulator = await startEmulator({
      functions: {
        it: {
          source,
          layers: [join(folder, "layer")],
          ...options,
          environment: { WITNESS_FILE: file, WITNESSES: JSON.stringify(witnesses), ...options.environment },
        },
      },
      onLog(event) {
        log.push(event);
        changed.resolve();
        changed = Promise.withResolvers();
      },
    });
    await use({
      emulator,
      log,
      async line(pattern) {
        for (;;) {
          const found = log.find((event) => pattern.test(event.line));
          if (found !== undefined) return found.line;
          // oxlint-disable-next-line no-await-in-loop -- until it comes
          await changed.promise;
        }
      },
    });
  }
  return readNotes(file);
}

function readNotes(file: string): Note[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Note);
}

const invoke = async ({ emulator }: Play): Promise<void> => {
  expect(await emulator.invoke("it", 7)).toMatchObject({ payload: 7 });
};
const told = (notes: readonly Note[]): string[] => notes.map(({ who, what }) => `${who} ${what}`);
const noteOf = (notes: readonly Note[], text: string): Note => {
  const found = notes.find(({ who, what }) => `${who} ${what}` === text);
  if (found === undefined) throw new Error(`there is no ${text} in ${told(notes).join(", ")}`);
  return found;
};

describe("the start", () => {
  test("of the runtime waits until every external extension has registered", async ({ folder }) => {
    const gate = createServer();
    const gatePort = await new Promise<number>((resolve) => {
      gate.listen(0, "127.0.0.1", () => resolve((gate.address() as AddressInfo).port));
    });
    const played = await play(folder, { quick: {}, slow: { gatePort } }, async (playing) => {
      const invoked = invoke(playing);
      const [connection] = (await once(gate, "connection")) as [Socket];
      await playing.line(/^EXTENSION\tName: quick\tState: Ready/);
      connection.end();
      await invoked;
    });
    gate.close();
    const notes = told(played);
    expect(notes).toContain("quick registers");
    expect(notes.indexOf("runtime started")).toBeGreaterThan(notes.indexOf("slow registers"));
    expect(notes.filter((each) => each.endsWith(" INVOKE")).toSorted()).toEqual(["quick INVOKE", "slow INVOKE"]);
  });

  test.for([
    ["no program", 0o644, "permission denied"],
    ["no program", 0o755, "exec format error"],
    // A layer for the other architecture.
    [elfFor(process.arch === "arm64" ? 62 : 183), 0o755, "exec format error"],
  ] as const)("fails with a file that cannot be executed: %s", async ([content, mode, reason], { folder, skip }) => {
    if (process.platform !== "linux") skip("other systems have executables of their own");
    mkdirSync(join(folder, "layer/extensions"), { recursive: true });
    writeFileSync(join(folder, "layer/extensions/file"), content, { mode });
    await play(folder, {}, async ({ emulator, line }) => {
      const { functionError, payload, requestId } = await emulator.invoke("it", 7);
      expect(functionError).toBe("Unhandled");
      expect(payload).toEqual({
        errorType: "Extension.LaunchError",
        errorMessage: `RequestId: ${requestId} Error: fork/exec /opt/extensions/file: ${reason}`,
      });
      expect(await line(/^EXTENSION/)).toBe(
        "EXTENSION\tName: file\tState: LaunchError\tEvents: []\tError Type: Extension.LaunchError",
      );
    });
  });
});

/** The first bytes of a 64-bit ELF file. */
function elfFor(machine: number): Buffer {
  const head = Buffer.alloc(64);
  head.write("\x7fELF\x02\x01", "latin1");
  head.writeUInt16LE(machine, 18);
  return head;
}

describe("the end", () => {
  test("comes to the runtime first, then to the extensions that asked for it, the others are killed", async ({
    folder,
  }) => {
    const notes = await play(folder, { told: {}, untold: { events: ["INVOKE"] } }, invoke);
    const end = notes.slice(notes.findIndex(({ what }) => what === "SIGTERM"));
    expect(told(end)).toEqual(["runtime SIGTERM", "told SHUTDOWN"]);
    const { event, pid } = noteOf(notes, "told SHUTDOWN");
    expect(event).toEqual({
      eventType: "SHUTDOWN",
      shutdownReason: "spindown",
      deadlineMs: expect.any(Number) as number,
    });
    expect((event?.deadlineMs ?? 0) - noteOf(notes, "runtime SIGTERM").atMs).toBeLessThanOrEqual(2000);
    await Promise.all([gone(pid), gone(noteOf(notes, "untold started").pid)]);
  });

  test("takes two seconds at most: 0.6 for the runtime, the rest for the extensions", async ({ folder }) => {
    const notes = await play(folder, { stubborn: { stays: true } }, invoke, { environment: { IGNORE_SIGTERM: "1" } });
    const closedMs = Date.now();
    const begunMs = noteOf(notes, "runtime SIGTERM").atMs;
    const { atMs, event, pid } = noteOf(notes, "stubborn SHUTDOWN");
    expect(atMs - begunMs).toBeGreaterThan(500);
    expect(closedMs).toBeGreaterThanOrEqual((event?.deadlineMs ?? Infinity) - 50);
    await gone(pid);
  });

  test("is half a second for a runtime with an internal extension, none without", async ({ folder }) => {
    const environment = { IGNORE_SIGTERM: "1" };
    const withInternal = await play(join(folder, "a"), {}, invoke, { environment: { ...environment, INTERNAL: "1" } });
    expect(Date.now() - noteOf(withInternal, "runtime SIGTERM").atMs).toBeGreaterThan(450);
    const without = await play(join(folder, "b"), {}, invoke, { environment });
    expect(told(without)).toEqual(["runtime started"]);
  });

  test("says that it follows a timeout", async ({ folder }) => {
    const handler = join(folder, "hang.mjs");
    writeFileSync(handler, "export const handler = () => new Promise((resolve) => setTimeout(resolve, 3_600_000));\n");
    const notes = await play(
      folder,
      { told: {} },
      async ({ emulator }) => {
        expect((await emulator.invoke("it", 7)).payload).toMatchObject({ errorType: "Sandbox.Timedout" });
      },
      { source: handler, timeoutMs: 300 },
    );
    expect(noteOf(notes, "told SHUTDOWN").event).toMatchObject({ shutdownReason: "timeout" });
  });
});

test("an extension that is gone between two invocations takes the environment with it", async ({ folder }) => {
  const notes = await play(folder, { mortal: {} }, async (playing) => {
    await invoke(playing);
    await playing.line(/^REPORT /);
    process.kill(noteOf(readNotes(join(folder, "notes")), "mortal started").pid, "SIGKILL");
    expect(await playing.line(/Extension\.Crash/)).toBe(
      "EXTENSION\tName: mortal\tState: Exited\tEvents: [INVOKE, SHUTDOWN]\tError Type: Extension.Crash",
    );
    await invoke(playing);
  });
  expect(told(notes).filter((each) => each.endsWith("started"))).toEqual([
    "mortal started",
    "runtime started",
    "mortal started",
    "runtime started",
  ]);
});
