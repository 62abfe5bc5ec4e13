/** Code that changes while the emulator runs. */
import { appendFileSync, chmodSync, copyFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { writeZip } from "../../archive/index.ts";
import { startEmulator, type Emulator, type FunctionOptions } from "../../emulator/index.ts";
import { gone } from "../support/gone.ts";
import { test } from "../support/temporary-folder.ts";

interface Watched extends AsyncDisposable {
  readonly emulator: Emulator;
  /** Waits for a notice that begins so, and forgets all up to it. */
  notice(begin: string): Promise<string>;
  readonly notices: string[];
}

async function watch(source: string, options: Omit<FunctionOptions, "source"> = {}): Promise<Watched> {
  const notices: string[] = [];
  const emulator = await startEmulator({
    functions: { it: { source, ...options } },
    watch: true,
    onNotice: (message) => notices.push(message),
  });
  return {
    emulator,
    notices,
    async notice(begin) {
      await expect.poll(() => notices.findIndex((each) => each.startsWith(begin)), { timeout: 10_000 }).not.toBe(-1);
      return notices.splice(0, notices.findIndex((each) => each.startsWith(begin)) + 1).at(-1) ?? "";
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}

describe("a handler module", () => {
  function write(folder: string, greeting: string): string {
    writeFileSync(join(folder, "greeting.ts"), `export const greeting: string = ${JSON.stringify(greeting)};\n`);
    const source = join(folder, "handler.ts");
    const text =
      'import { greeting } from "./greeting.ts";\n' +
      "export const handler = async ({ ms = 0 }) => {\n" +
      "  await new Promise((resolve) => setTimeout(resolve, ms));\n" +
      "  return { greeting, pid: process.pid };\n" +
      "};\n";
    writeFileSync(source, text);
    return source;
  }
  const ask = async (emulator: Emulator, ms = 0): Promise<{ greeting: string; pid: number }> =>
    (await emulator.invoke("it", { ms })).payload as { greeting: string; pid: number };

  test("answers with the new code of any file of its graph; the old environment is gone", async ({ folder }) => {
    await using it = await watch(write(folder, "hello"));
    const before = await ask(it.emulator);
    expect(before.greeting).toBe("hello");
    writeFileSync(join(folder, "greeting.ts"), 'export const greeting = "good day";\n');
    expect(await it.notice("Reloaded")).toMatch(/^Reloaded it in \d+ ms$/);
    expect((await ask(it.emulator)).greeting).toBe("good day");
    await gone(before.pid);
  });

  test("lets an invocation finish with the code it began with", async ({ folder }) => {
    await using it = await watch(write(folder, "hello"));
    await ask(it.emulator);
    const running = ask(it.emulator, 500);
    writeFileSync(join(folder, "greeting.ts"), 'export const greeting = "good day";\n');
    await it.notice("Reloaded");
    expect((await ask(it.emulator)).greeting).toBe("good day");
    const finished = await running;
    expect(finished.greeting).toBe("hello");
    await gone(finished.pid);
  });

  test("that is broken says so once, also when that is logged beside it", async ({ folder }) => {
    const source = write(folder, "hello");
    const notices: string[] = [];
    await using emulator = await startEmulator({
      functions: { it: { source } },
      watch: true,
      onNotice(message) {
        notices.push(message);
        appendFileSync(join(folder, "log"), `${message}\n`);
      },
    });
    await ask(emulator);
    writeFileSync(join(folder, "greeting.ts"), "export const greeting = ");
    await expect.poll(() => notices.length, { timeout: 10_000 }).toBe(1);
    // Long enough for many changes of the log.
    await ask(emulator, 500);
    expect(notices).toHaveLength(1);
    // Saved again, and no better.
    writeFileSync(join(folder, "greeting.ts"), "export const greeting = ");
    await expect.poll(() => notices.length, { timeout: 10_000 }).toBe(2);
  });

  test("that is broken says where, keeps the last good code, and goes on once it is mended", async ({ folder }) => {
    await using it = await watch(write(folder, "hello"));
    writeFileSync(join(folder, "greeting.ts"), 'export const greeting = "good day;\n');
    expect(await it.notice("Bundling")).toMatch(/greeting\.ts:1:\d+: .*\nThe last code of it that worked goes on\.$/);
    expect((await ask(it.emulator)).greeting).toBe("hello");
    rmSync(join(folder, "handler.ts"));
    expect(await it.notice("There is no file")).toMatch(/^There is no file .*\/handler\.ts\nThe last code of it that/);
    write(folder, "hello");
    // A file that is not there yet: the import is broken until it is made.
    writeFileSync(join(folder, "greeting.ts"), 'export { greeting } from "./other.ts";\n');
    await it.notice("Bundling");
    writeFileSync(join(folder, "other.ts"), 'export const greeting = "good evening";\n');
    await it.notice("Reloaded");
    expect((await ask(it.emulator)).greeting).toBe("good evening");
  });

  test("is saved by replacing the file, and watched on", async ({ folder }) => {
    await using it = await watch(write(folder, "hello"));
    for (const greeting of ["one", "two"]) {
      writeFileSync(join(folder, "greeting.ts~"), `export const greeting = "${greeting}";\n`);
      renameSync(join(folder, "greeting.ts~"), join(folder, "greeting.ts"));
      await it.notice("Reloaded");
      expect((await ask(it.emulator)).greeting).toBe(greeting);
    }
  });

  test("is not reloaded for files that are not its own, nor for a change that changes nothing", async ({ folder }) => {
    await using it = await watch(write(folder, "hello"));
    const { pid } = await ask(it.emulator);
    writeFileSync(join(folder, "notes.txt"), "text");
    writeFileSync(join(folder, "unused.ts"), "export {};");
    write(folder, "hello");
    // The next change comes after them: had they caused a reload, it would have been told first.
    writeFileSync(join(folder, "greeting.ts"), 'export const greeting = "good day";\n');
    await it.notice("Reloaded");
    expect((await ask(it.emulator)).greeting).toBe("good day");
    expect(it.notices).toEqual([]);
    await gone(pid);
  });

  test("is reloaded once for many changes at a time", async ({ folder }) => {
    await using it = await watch(write(folder, "hello"));
    for (let index = 0; index <= 20; index++) write(folder, `greeting ${index}`);
    await it.notice("Reloaded");
    await expect.poll(async () => (await ask(it.emulator)).greeting).toBe("greeting 20");
    expect(it.notices.length).toBeLessThan(3);
  });

  test("loses no invocation while it is saved again and again", async ({ folder }) => {
    await using it = await watch(write(folder, "greeting 0"));
    const saving = { isOver: false };
    const answers: { greeting: string; functionError: string | undefined }[] = [];
    const callers = Array.from({ length: 3 }, async () => {
      while (!saving.isOver) {
        // oxlint-disable-next-line no-await-in-loop -- each caller asks again and again
        const { payload, functionError } = await it.emulator.invoke("it", { ms: 5 });
        answers.push({ greeting: (payload as { greeting: string }).greeting, functionError });
      }
    });
    for (let save = 1; save <= 8; save++) {
      writeFileSync(join(folder, "greeting.ts"), `export const greeting = "greeting ${save}";\n`);
      // oxlint-disable-next-line no-await-in-loop -- one save after the other
      await it.notice("Reloaded");
    }
    saving.isOver = true;
    await Promise.all(callers);
    expect(answers.filter(({ functionError }) => functionError !== undefined)).toEqual([]);
    expect(answers.every(({ greeting }) => /^greeting [0-8]$/.test(greeting))).toBe(true);
    expect((await ask(it.emulator)).greeting).toBe("greeting 8");
  });

  test("starts its provisioned environments with the new code", async ({ folder }) => {
    await using it = await watch(write(folder, "hello"), { warm: 1, concurrency: 1 });
    await ask(it.emulator);
    writeFileSync(join(folder, "greeting.ts"), 'export const greeting = "good day";\n');
    await it.notice("Reloaded");
    expect((await ask(it.emulator)).greeting).toBe("good day");
  });
});

const shell = new URL("../fixtures/functions/bootstrap.sh", import.meta.url).pathname;

test("an executable that is replaced is swapped; one that is gone for a moment is not missed", async ({ folder }) => {
  const path = join(folder, "bootstrap");
  copyFileSync(shell, path);
  chmodSync(path, 0o755);
  await using it = await watch(path);
  expect((await it.emulator.invoke("it", 1)).payload).toEqual({ shell: 1 });
  rmSync(path);
  copyFileSync(shell, path);
  chmodSync(path, 0o755);
  await it.notice("Reloaded");
  expect((await it.emulator.invoke("it", 2)).payload).toEqual({ shell: 2 });
});

test("an archive is unpacked again", async ({ folder }) => {
  const path = join(folder, "function.zip");
  const pack = async (name: string): Promise<void> => {
    const script = `#!/usr/bin/env node
      const api = process.env.AWS_LAMBDA_RUNTIME_API;
      for (;;) {
        const next = await fetch(\`http://\${api}/2018-06-01/runtime/invocation/next\`);
        const id = next.headers.get("lambda-runtime-aws-request-id");
        await fetch(\`http://\${api}/2018-06-01/runtime/invocation/\${id}/response\`, { method: "POST", body: '"${name}"' });
      }`;
    const fresh = join(folder, "fresh.zip");
    await writeZip(fresh, [{ path: "bootstrap", content: Buffer.from(script), mode: 0o755 }]);
    renameSync(fresh, path);
  };
  await pack("first");
  await using it = await watch(path, { environment: { PATH: process.env["PATH"] ?? "" } });
  expect((await it.emulator.invoke("it")).payload).toBe("first");
  writeFileSync(path, "half an archive");
  expect(await it.notice("")).toContain("The last code of it that worked goes on.");
  expect((await it.emulator.invoke("it")).payload).toBe("first");
  await pack("second");
  await it.notice("Reloaded");
  expect((await it.emulator.invoke("it")).payload).toBe("second");
});
