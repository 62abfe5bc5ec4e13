/** Callers and runtimes whose HTTP is broken, late or cut off: each has a defined end, and the next invocation works. */
import { describe, expect, test } from "vitest";
import { startEmulator, type Emulator } from "../../emulator/index.ts";
import { startRuntime } from "../support/runtime-by-hand.ts";
import { exchange, formatRequest, open, parseAnswer } from "../support/raw-http.ts";

const misbehave = new URL("../fixtures/functions/misbehave.ts", import.meta.url).pathname;
const invocations = "/2015-03-31/functions/it/invocations";
const portOf = (emulator: Emulator): number => Number(new URL(emulator.url).port);
const start = (): Promise<Emulator> => startEmulator({ functions: { it: { source: misbehave } } });

describe("a body", () => {
  const types = ["", "text", ";;", "application/json; charset=", "\u00e9/x", "application/json, text/plain"];

  test("is an event whatever its type is called", async () => {
    await using emulator = await start();
    for (const type of types) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const received = await exchange(portOf(emulator), [
        formatRequest("POST", invocations, '{"how":"well"}', `Content-Type: ${type}\r\n`),
      ]);
      expect([type, parseAnswer(received).status, parseAnswer(received).body]).toEqual([type, 200, '"well"']);
    }
  });

  test("is a response whatever its type is called", async () => {
    await using runtime = await startRuntime();
    for (const type of types) {
      const answered = runtime.assign("1");
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { path } = await runtime.next();
      // oxlint-disable-next-line no-await-in-loop
      const received = await exchange(runtime.port, [
        formatRequest("POST", `${path}/response`, "2", `Content-Type: ${type}\r\n`),
      ]);
      expect([type, parseAnswer(received).status]).toEqual([type, 202]);
      // oxlint-disable-next-line no-await-in-loop
      expect((await answered).payload.toString()).toBe("2");
    }
  });
});

describe("close", () => {
  test.each([
    ["has sent nothing", ""],
    ["has sent half a header", `POST ${invocations} HTTP/1.1\r\nHo`],
    ["has sent half a body", formatRequest("POST", invocations, '{"how":"well"}').slice(0, -5)],
  ])("does not wait for a caller that %s", async (_name, piece) => {
    const emulator = await start();
    const caller = open(portOf(emulator));
    await new Promise((resolve) => caller.socket.write(piece, resolve));
    // Connections are taken in order: now the emulator knows the one above.
    expect((await fetch(`${emulator.url}/2015-03-31/functions/it`)).status).toBe(200);
    await emulator.close();
    await caller.closed;
    expect(caller.received()).toBe("");
  });

  test("does not wait for a caller that does not read its answer", async () => {
    const emulator = await start();
    const caller = open(portOf(emulator));
    caller.socket.pause();
    for (let count = 0; count < 20; count++) {
      caller.socket.write(
        formatRequest("POST", invocations, '{"how":"large","size":6000000}').replace("Connection: close\r\n", ""),
      );
    }
    await new Promise((resolve) => caller.socket.once("readable", resolve));
    await emulator.close();
    caller.socket.destroy();
    await caller.closed;
  });

  test("answers the caller whose invocation it ends", async () => {
    const emulator = await start();
    const caller = open(portOf(emulator));
    caller.socket.write(formatRequest("POST", invocations, '{"how":"hang"}'));
    // By then the environment has been started.
    expect((await emulator.invoke("it", { how: "well" })).payload).toBe("well");
    await emulator.close();
    await caller.closed;
    const { status, body } = parseAnswer(caller.received());
    expect(status).toBe(503);
    expect(body).toContain("The emulator was closed while the function was invoked");
  });
});
