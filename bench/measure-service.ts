/** What a developer notices of the emulator besides its speed: reloading, large payloads, a crowd, memory at rest. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchFolder, importDist, inRepository } from "./bench-folder.ts";
import { runChild, startChild } from "./child.ts";
import { printTable } from "./print-table.ts";
import { format, median } from "./statistics.ts";

type EmulatorModule = typeof import("../emulator/index.ts");

const files = 50;
const reloads = 10;
const largeRounds = 10;
const largeBytes = 6_291_456;

/** Prints the table. */
export async function measureService(): Promise<void> {
  const crowd = await measureCrowd();
  printTable(
    "service: what else is noticed of the emulator",
    ["", ""],
    [
      [
        `save → new code answers, a handler of ${files} files, median of ${reloads}`,
        `${format(await measureReload())} ms`,
      ],
      [`6 MiB event and response, median of ${largeRounds}`, `${format(await measureLarge())} MB/s through`],
      ["memory of `emulate handler.ts` at rest", `${format(await measureRest())} MiB`],
      ["64 callers on 10 environments for 60 s", crowd.answers],
      ["  heap of emulator and callers, first and last third", crowd.heap],
    ],
  );
}

/** From the write to the first answer that has it. */
async function measureReload(): Promise<number> {
  const { startEmulator } = await importDist<EmulatorModule>("emulator/index.js");
  const folder = benchFolder.make("reload");
  const modules = Array.from({ length: files - 1 }, (_, index) => `module-${index}`);
  for (const name of modules) {
    writeFileSync(join(folder, `${name}.ts`), `export const text: string = ${JSON.stringify(name.repeat(200))};\n`);
  }
  const source = join(folder, "handler.ts");
  const write = (version: number): void => {
    const imports = modules.map((name, index) => `import { text as text${index} } from "./${name}.ts";\n`).join("");
    const lengths = modules.map((_, index) => `text${index}.length`).join(" + ");
    writeFileSync(
      source,
      `${imports}const length = ${lengths};\nexport const handler = async () => (length > 0 ? ${version} : 0);\n`,
    );
  };
  write(0);
  let notify: (() => void) | undefined;
  await using emulator = await startEmulator({
    functions: { it: { source } },
    watch: true,
    onNotice: () => notify?.(),
  });
  await emulator.invoke("it");
  const durationsMs: number[] = [];
  for (let version = 1; version <= reloads; version++) {
    const reloaded = new Promise<void>((resolve) => (notify = resolve));
    const startedMs = performance.now();
    write(version);
    await reloaded;
    const { payload } = await emulator.invoke("it");
    if (payload !== version) throw new Error(`version ${version} was expected, ${String(payload)} answered`);
    durationsMs.push(performance.now() - startedMs);
  }
  return median(durationsMs);
}

/** Both directions of an echo over HTTP, in megabytes of 10^6 bytes. */
async function measureLarge(): Promise<number> {
  const { startEmulator } = await importDist<EmulatorModule>("emulator/index.js");
  const source = inRepository("bench/subjects/echo-handler.mjs");
  await using emulator = await startEmulator({ functions: { echo: { source, timeoutMs: 30_000 } } });
  const body = JSON.stringify("x".repeat(largeBytes - 2));
  const url = `${emulator.url}/2015-03-31/functions/echo/invocations`;
  const durationsMs: number[] = [];
  for (let round = 0; round < largeRounds; round++) {
    const startedMs = performance.now();
    const response = await fetch(url, { method: "POST", body });
    const answer = await response.arrayBuffer();
    if (answer.byteLength !== body.length) throw new Error(`${answer.byteLength} bytes came back`);
    durationsMs.push(performance.now() - startedMs);
  }
  return (2 * largeBytes) / 1e6 / (median(durationsMs) / 1000);
}

/** Resident memory of the command once it listens, before the first invocation. */
async function measureRest(): Promise<number> {
  const command = [
    process.execPath,
    inRepository("dist/cli/emulate.js"),
    inRepository("examples/hello/handler.ts"),
    "--port",
    "0",
  ];
  const child = startChild(command as [string, ...string[]]);
  await child.firstLine;
  const bytes = child.peakMemoryBytes() ?? Number.NaN;
  await child.stop("SIGTERM");
  return bytes / 1_048_576;
}

async function measureCrowd(): Promise<{ readonly answers: string; readonly heap: string }> {
  const program = fileURLToPath(new URL("./subjects/crowd.ts", import.meta.url));
  const command = [process.execPath, "--expose-gc", program, inRepository("examples/hello/handler.ts"), "60"] as const;
  const { statuses, memoryMib } = JSON.parse((await runChild(command)).stdout) as {
    readonly statuses: Record<string, number>;
    readonly memoryMib: readonly number[];
  };
  const third = Math.floor(memoryMib.length / 3);
  return {
    answers: Object.entries(statuses)
      .map(([status, count]) => `${format(count)} × ${status}`)
      .join(", "),
    heap: `${format(median(memoryMib.slice(0, third)))} MiB, ${format(median(memoryMib.slice(-third)))} MiB`,
  };
}
