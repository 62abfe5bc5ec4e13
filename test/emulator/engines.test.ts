/** The JavaScript engine of a handler module, and a debugger on it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { hostEngine } from "../../builder/index.ts";
import { startEmulator, type LogEvent } from "../../emulator/index.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { nativeEnginePath } from "../support/native-engine.ts";
import { test } from "../support/temporary-folder.ts";

const misbehave = new URL("../fixtures/functions/misbehave.ts", import.meta.url).pathname;
const fail = new URL("../fixtures/functions/fail.ts", import.meta.url).pathname;

describe("the engine a function is built with", { timeout: 600_000 }, () => {
  test.each([
    ["bun", misbehave, 13],
    ["node", misbehave, 13],
    // It has no child processes, which that one starts.
    ["native", fail, 3],
  ] as const)("%s runs the source, with positions of the source", async (name, source, line) => {
    const engine = { name, path: await (name === "native" ? nativeEnginePath() : hostEngine(name)) };
    await using emulator = await startEmulator({ functions: { it: { source, engine } } });
    const { payload } = await emulator.invoke("it", { how: "throw" });
    const { stackTrace } = payload as { readonly stackTrace: readonly string[] };
    expect(stackTrace[1]).toContain(`${source}:${line}:`);
  });
});

/** A client of the protocol that the inspectors of V8 and of JavaScriptCore share, as far as a breakpoint needs one. */
class Debugger implements Disposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string | number, (message: object) => void>();
  #id = 0;

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as { readonly id?: number; readonly method?: string };
      this.#waiting.get(message.id ?? message.method ?? "")?.(message);
    });
  }

  async opened(): Promise<void> {
    await new Promise((resolve, reject) => {
      this.#socket.addEventListener("open", resolve, { once: true });
      this.#socket.addEventListener("error", reject, { once: true });
    });
  }

  event(method: string): Promise<object> {
    return new Promise((resolve) => this.#waiting.set(method, resolve));
  }

  call(method: string, params: object = {}): Promise<object> {
    const id = ++this.#id;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

test.for(["node", "bun"] as const)(
  "a debugger on %s holds an invocation for as long as it likes",
  async (name, { folder }) => {
    const source = join(folder, "handler.ts");
    writeFileSync(source, "export const handler = async ({ stop }) => {\n  if (stop) debugger;\n  return stop;\n};\n");
    const log: LogEvent[] = [];
    const clock = new ManualClock();
    await using emulator = await startEmulator({
      functions: { it: { source, engine: { name, path: await hostEngine(name) }, inspect: 0, timeoutMs: 100 } },
      clock,
      onLog: (event) => log.push(event),
    });
    await emulator.invoke("it", { stop: false });
    // Bun says so in its own time.
    const url = (): string | undefined =>
      log.map(({ line }) => /ws:\/\/127\.0\.0\.1:\S+/.exec(line)?.[0]).find((each) => each !== undefined);
    await expect.poll(url, { timeout: 10_000 }).toBeDefined();
    using session = new Debugger(url() ?? "no debugger");
    await session.opened();
    await session.call("Debugger.enable");
    if (name === "bun") {
      await session.call("Debugger.setBreakpointsActive", { active: true });
      await session.call("Debugger.setPauseOnDebuggerStatements", { enabled: true });
    }
    const paused = session.event("Debugger.paused");
    const answered = emulator.invoke("it", { stop: true });
    await paused;
    clock.advance(3_600_000);
    await session.call("Debugger.resume");
    expect((await answered).payload).toBe(true);
  },
);

test.each([
  [
    { source: new URL("../fixtures/functions/bootstrap.sh", import.meta.url).pathname, inspect: 0 },
    "only a handler module",
  ],
  [{ source: misbehave, inspect: 0, concurrency: 2 }, "concurrency must be 1"],
  [{ source: misbehave, inspect: 70_000 }, "inspect must be a whole number from 0 to 65535"],
])("%j is refused", async (options, message) => {
  await expect(startEmulator({ functions: { it: options } })).rejects.toMatchObject({
    code: "BAD_OPTIONS",
    message: expect.stringContaining(message) as string,
  });
});
