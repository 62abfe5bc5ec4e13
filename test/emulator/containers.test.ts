/** What a failing function leaves in a real daemon: nothing. */
import { expect } from "vitest";
import { join } from "node:path";
import { startEmulator, type LogEvent } from "../../emulator/index.ts";
import { baseImageFor, dockerTest } from "../support/docker.ts";
import { XRayDaemon } from "../support/xray-daemon.ts";
import { runCommand } from "../support/run-command.ts";

const platform = "al2-x86_64";
const source = new URL("../fixtures/functions/misbehave.ts", import.meta.url).pathname;

dockerTest(
  "timeouts and crashes leave one container at most, no words of the container's init, and nothing after the end",
  { platforms: [platform], timeoutMs: 120_000 },
  async ({ daemon, folder }) => {
    const build = [source, "--platform", platform, "--site", "host", "--no-smoke-run", "--out-dir", folder];
    const built = await runCommand("build", build);
    expect(built.exitCode, built.stderr).toBe(0);
    const own = [`runtime-aws-lambda.owner-pid=${process.pid}`];
    const log: LogEvent[] = [];
    const baseImage = baseImageFor(platform);
    const emulator = await startEmulator({
      functions: { it: { source: join(folder, "function.zip"), platform, timeoutMs: 1000, memoryMib: 512 } },
      docker: { environment: process.env, baseImages: baseImage === undefined ? {} : { [platform]: baseImage } },
      onLog: (event) => log.push(event),
    });
    try {
      for (const how of ["hang", "hang", "hang", "exit"]) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other is the subject
        const { payload } = await emulator.invoke("it", { how });
        expect(payload).toMatchObject({ errorType: how === "exit" ? "Runtime.ExitError" : "Sandbox.Timedout" });
        // oxlint-disable-next-line no-await-in-loop
        expect((await daemon.listContainers(own, undefined)).length).toBeLessThanOrEqual(1);
      }
      expect((await emulator.invoke("it", { how: "fine" })).payload).toBe("fine");
    } finally {
      await emulator.close();
    }
    await expect(daemon.listContainers(own, undefined)).resolves.toEqual([]);
    const lines = log.map(({ line }) => line);
    expect(lines.filter((line) => /tini|FATAL/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.startsWith("START "))).toHaveLength(5);
    expect(lines.filter((line) => line.startsWith("REPORT "))).toHaveLength(5);
  },
);

dockerTest(
  "an X-Ray daemon on the loopback gets what functions in containers send",
  { platforms: [platform], timeoutMs: 120_000 },
  async ({ folder }) => {
    const traced = new URL("../fixtures/functions/traced.ts", import.meta.url).pathname;
    const build = [traced, "--platform", platform, "--site", "host", "--no-smoke-run", "--out-dir", folder];
    const built = await runCommand("build", build);
    expect(built.exitCode, built.stderr).toBe(0);
    const baseImage = baseImageFor(platform);
    await using daemon = await XRayDaemon.start();
    await using emulator = await startEmulator({
      functions: { it: { source: join(folder, "function.zip"), platform, timeoutMs: 30_000, memoryMib: 512 } },
      docker: { environment: process.env, baseImages: baseImage === undefined ? {} : { [platform]: baseImage } },
      xray: daemon.address,
    });
    const { payload } = await emulator.invoke("it", { send: true });
    const { address, host, port } = payload as {
      readonly address: string;
      readonly host: string;
      readonly port: string;
    };
    expect(address).toBe(`${host}:${port}`);
    expect(host).not.toMatch(/^127\./);
    const names = (await daemon.take(3)).map(({ name, origin }) => origin ?? name);
    expect(names.toSorted()).toEqual(["AWS::Lambda", "AWS::Lambda::Function", "stock"]);
  },
);
