/** External extensions beside a function in one container: what they share, how they end, and that nothing is left. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { writeZip } from "../../archive/index.ts";
import { startEmulator, type Emulator, type FunctionOptions, type LogEvent } from "../../emulator/index.ts";
import { baseImageFor, dockerTest, type DockerTestContext } from "../support/docker.ts";
import { skipWithReason } from "../support/requirement.ts";
import { repositoryFolder, runCommand } from "../support/run-command.ts";

const platform = "al2023-x86_64";
const needs = { platforms: [platform], timeoutMs: 120_000 } as const;
const scripted = `${repositoryFolder}test/peers/go/bin/scripted-bootstrap`;
const whyNoBootstrap = existsSync(scripted) ? undefined : `${scripted} is not there: test/peers/build.sh`;
const shellExtension = `${repositoryFolder}test/fixtures/extensions/shell.sh`;
const next = { do: "exchange", method: "GET", path: "/runtime/invocation/next" };

interface Play {
  readonly emulator: Emulator;
  readonly log: readonly LogEvent[];
}

/** Starts a scripted function beside extensions of these names; each ends as its name says. Looks what is left at the end. */
async function play(
  { daemon, folder, skip }: DockerTestContext,
  names: readonly string[],
  options: Partial<FunctionOptions>,
  use: (play: Play) => Promise<void>,
): Promise<readonly string[]> {
  skipWithReason(skip, whyNoBootstrap);
  mkdirSync(join(folder, "layer/extensions"), { recursive: true });
  for (const name of names) copyFileSync(shellExtension, join(folder, "layer/extensions", name));
  const log: LogEvent[] = [];
  const baseImage = baseImageFor(platform);
  {
    await using emulator = await startEmulator({
      functions: { it: { source: scripted, platform, layers: [join(folder, "layer")], ...options } },
      docker: { environment: process.env, baseImages: baseImage === undefined ? {} : { [platform]: baseImage } },
      onLog: (event) => log.push(event),
    });
    await use({ emulator, log });
  }
  const own = [`runtime-aws-lambda.owner-pid=${process.pid}`];
  expect(await daemon.listContainers(own, undefined), "left behind").toEqual([]);
  return log.filter(({ source }) => source === "extension").map(({ line }) => line);
}

const invoke = async ({ emulator }: Play): Promise<void> => {
  expect(await emulator.invoke("it", 7)).toMatchObject({ payload: 7 });
};

dockerTest("they and the runtime share /tmp and one container for each environment", needs, async (context) => {
  const source = `${repositoryFolder}test/fixtures/functions/shared-tmp.sh`;
  const printed = await play(context, ["told"], { source }, async ({ emulator }) => {
    expect(await emulator.invoke("it", 7)).toMatchObject({ payload: "written by told" });
    expect(await emulator.invoke("it", 7)).toMatchObject({ payload: "written by told" });
    const own = [`runtime-aws-lambda.owner-pid=${process.pid}`];
    expect(await context.daemon.listContainers(own, undefined)).toHaveLength(1);
  });
  expect(printed).toEqual(['told "eventType":"INVOKE"', 'told "eventType":"INVOKE"', 'told "eventType":"SHUTDOWN"']);
});

dockerTest("one that stays is killed when its time is over, one that was not asked at once", needs, async (context) => {
  let beganMs = 0;
  const printed = await play(context, ["stubborn", "told", "untold"], {}, async (playing) => {
    await invoke(playing);
    beganMs = performance.now();
  });
  const tookMs = performance.now() - beganMs;
  expect(printed.filter((line) => line.includes("SHUTDOWN")).toSorted()).toEqual([
    'stubborn "eventType":"SHUTDOWN"',
    'told "eventType":"SHUTDOWN"',
  ]);
  expect(printed.at(-1)).toBe("stubborn is alone");
  expect(tookMs).toBeGreaterThan(1900);
  expect(tookMs).toBeLessThan(10_000);
});

dockerTest("SIGKILL for a runtime that does not go, and SHUTDOWN for the extension then", needs, async (context) => {
  const SCRIPT = JSON.stringify([next, { do: "hang" }]);
  const options = { timeoutMs: 500, environment: { SCRIPT } };
  const printed = await play(context, ["told"], options, async ({ emulator }) => {
    expect((await emulator.invoke("it", 7)).payload).toMatchObject({ errorType: "Sandbox.Timedout" });
  });
  expect(printed).toEqual(['told "eventType":"INVOKE"', 'told "eventType":"SHUTDOWN"']);
});

dockerTest("one that cannot be started, and why", needs, async (context) => {
  mkdirSync(join(context.folder, "layer/extensions"), { recursive: true });
  const file = join(context.folder, "layer/extensions/text");
  const start = (): Promise<unknown> =>
    play(context, [], {}, async ({ emulator, log }) => {
      const { payload } = await emulator.invoke("it", 7);
      said = (payload as { readonly errorMessage: string }).errorMessage.replace(/^RequestId: \S+ /, "");
      expect(payload).toMatchObject({ errorType: "Extension.LaunchError" });
      expect(log.map(({ line }) => line)).toContain(
        "EXTENSION\tName: text\tState: LaunchError\tEvents: []\tError Type: Extension.LaunchError",
      );
    });
  let said = "";
  writeFileSync(file, "no program");
  await start();
  expect(said).toBe("Error: fork/exec /opt/extensions/text: permission denied");
  chmodSync(file, 0o755);
  await start();
  expect(said).toBe("Error: fork/exec /opt/extensions/text: exec format error");
  writeFileSync(file, "#!/usr/bin/none\n");
  await start();
  expect(said).toBe("Error: fork/exec /opt/extensions/text: no such file or directory");
});

dockerTest("what was unpacked is there for the container's user, under any umask", needs, async ({ folder, skip }) => {
  skipWithReason(skip, whyNoBootstrap);
  const layer = [{ path: "extensions/told", content: readFileSync(shellExtension), mode: 0o755 }];
  await writeZip(join(folder, "function.zip"), [{ path: "bootstrap", content: readFileSync(scripted), mode: 0o755 }]);
  await writeZip(join(folder, "layer.zip"), layer);
  const baseImage = baseImageFor(platform);
  const { exitCode, stdout, stderr } = await runCommand(
    "emulate",
    [
      join(folder, "function.zip"),
      "--platform",
      platform,
      "--layer",
      join(folder, "layer.zip"),
      ...(baseImage === undefined ? [] : ["--base-image", baseImage]),
      "--env",
      "SCRIPT=[]",
      "--event",
      '{"a":1}',
    ],
    { umask: "077" },
  );
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: '{"a":1}\n' });
});
