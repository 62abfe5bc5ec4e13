/** Ctrl-C at any moment: exit code 130, and nothing left behind. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { ensureImage, findDaemon, sweep, type ImageEvent } from "../../docker/index.ts";
import { platforms } from "../../images/platforms.ts";
import { baseImageFor, dockerTest, labelFilter, runnableBaseImage } from "../support/docker.ts";
import { startDaemonRelay } from "../support/daemon-relay.ts";
import { noDocker, repositoryFolder, runCommand, type CommandResult } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const timeout = 120_000;

/**
 * Runs a command until its stderr matches, then interrupts it, twice, as Ctrl-C under npm does. Its temporary files go
 * into a folder of their own.
 */
async function interrupt(
  command: "build" | "emulate",
  args: readonly string[],
  at: RegExp,
  { folder, environment = {} }: { folder: string; environment?: Readonly<Record<string, string>> },
): Promise<CommandResult & { readonly pid: number | undefined }> {
  const temporary = join(folder, "temporary");
  mkdirSync(temporary, { recursive: true });
  let pid: number | undefined;
  const result = await runCommand(command, args, {
    environment: { ...environment, TMPDIR: temporary },
    onStderr(child, stderr) {
      if (pid !== undefined || !at.test(stderr)) return;
      pid = child.pid;
      child.kill("SIGINT");
      child.kill("SIGINT");
    },
  });
  expect(readdirSync(temporary), "left in the temporary folder").toEqual([]);
  return { ...result, pid };
}

function buildArguments(folder: string, platform: string): string[] {
  mkdirSync(join(folder, "out"), { recursive: true });
  writeFileSync(join(folder, "out/function.zip"), "previous");
  return ["examples/hello", "--platform", platform, "--verbose", "--out-dir", join(folder, "out")];
}

function expectInterrupted({ exitCode, stdout, stderr }: CommandResult, folder: string): void {
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 130, stdout: "" });
  expect(stderr).not.toMatch(/error/i);
  expect(readFileSync(join(folder, "out/function.zip"), "utf8")).toBe("previous");
  expect(readdirSync(join(folder, "out"))).toEqual(["function.zip"]);
}

describe("a build on this machine", () => {
  test.for(["site", "engine", "bundle", "compile", "gate", "smoke-run", "archive"])(
    "in the step %s",
    { timeout },
    async (step, { folder }) => {
      const args = buildArguments(folder, "al2023-x86_64");
      const result = await interrupt("build", args, new RegExp(`: ${step} …`), { folder, environment: noDocker });
      expectInterrupted(result, folder);
    },
  );
});

for (const step of ["site", "compile", "smoke-run", "archive"]) {
  dockerTest(
    `a build in containers, in the step ${step}`,
    { platforms: ["al2-x86_64"], timeoutMs: timeout },
    async ({ folder, daemon }) => {
      const image = baseImageFor("al2-x86_64");
      const args = [...buildArguments(folder, "al2-x86_64"), ...(image === undefined ? [] : ["--base-image", image])];
      const result = await interrupt("build", args, new RegExp(`: ${step} …`), { folder });
      expectInterrupted(result, folder);
      await expect(daemon.listContainers([`runtime-aws-lambda.owner-pid=${result.pid}`], undefined)).resolves.toEqual(
        [],
      );
    },
  );
}

/** A compiler that says that it works, and never ends. */
function endlessProject(folder: string): string {
  const project = join(folder, "endless");
  mkdirSync(project);
  writeFileSync(join(project, "Makefile"), "bootstrap:\n\t@echo compiling; sleep 1000\n");
  return project;
}

function makeArguments(folder: string): string[] {
  const image = baseImageFor("al2023-x86_64");
  const [, ...rest] = buildArguments(folder, "al2023-x86_64");
  return [endlessProject(folder), ...rest, ...(image === undefined ? [] : ["--base-image", image])];
}

dockerTest(
  "a compiler in a container",
  { platforms: ["al2023-x86_64"], timeoutMs: timeout },
  async ({ folder, daemon }) => {
    const result = await interrupt("build", makeArguments(folder), /compile \| compiling/, { folder });
    expectInterrupted(result, folder);
    await expect(daemon.listContainers([`runtime-aws-lambda.owner-pid=${result.pid}`], undefined)).resolves.toEqual([]);
  },
);

/** Kills a build when its stderr matches: it has no chance to remove anything. Returns its pid. */
async function killAt(args: readonly string[], at: RegExp, temporary: string, env = {}): Promise<number | undefined> {
  mkdirSync(temporary, { recursive: true });
  let pid: number | undefined;
  await runCommand("build", args, {
    environment: { ...env, TMPDIR: temporary },
    onStderr(child, stderr) {
      if (pid !== undefined || !at.test(stderr)) return;
      pid = child.pid;
      child.kill("SIGKILL");
    },
  });
  return pid;
}

test("what a killed build leaves on this machine, the next one removes", { timeout }, async ({ folder }) => {
  const args = buildArguments(folder, "al2-x86_64");
  const temporary = join(folder, "temporary");
  await killAt(args, /: archive …/, temporary, noDocker);
  expect(readdirSync(temporary)).not.toEqual([]);
  expect(readFileSync(join(folder, "out/function.zip"), "utf8")).toBe("previous");
  const again = await runCommand("build", args, { environment: { ...noDocker, TMPDIR: temporary } });
  expect(again.exitCode, again.stderr).toBe(0);
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(join(folder, "out")).toSorted()).toEqual(["function.manifest.json", "function.zip"]);
});

dockerTest(
  "what a killed build leaves in the daemon, the next one removes",
  { platforms: ["al2023-x86_64"], timeoutMs: timeout },
  async ({ folder, daemon }) => {
    const args = makeArguments(folder);
    const pid = await killAt(args, /compile \| compiling/, join(folder, "temporary"));
    const left = [`runtime-aws-lambda.owner-pid=${pid}`];
    await expect(daemon.listContainers(left, undefined)).resolves.toHaveLength(1);
    const again = await runCommand("build", ["examples/hello", ...args.slice(1)]);
    expect(again.exitCode, again.stderr).toBe(0);
    await expect(daemon.listContainers(left, undefined)).resolves.toEqual([]);
  },
);

dockerTest(
  "a daemon that goes away while a compiler works: a clear error, and the next build removes what it left",
  { platforms: ["al2023-x86_64"], timeoutMs: timeout },
  async ({ folder, daemon }) => {
    await using relay = await startDaemonRelay(daemon, join(folder, "docker.sock"));
    let pid: number | undefined;
    const result = await runCommand("build", makeArguments(folder), {
      environment: { DOCKER_HOST: relay.address },
      onStderr(child, stderr) {
        if (pid !== undefined || !/compile \| compiling/.test(stderr)) return;
        pid = child.pid;
        relay.cut();
      },
    });
    expect(result.exitCode, result.stderr).toBe(1);
    expect(result.stderr).toMatch(/^error: .*(daemon|container).* \((DOCKER_REQUEST_FAILED|DOCKER_UNREACHABLE)\)$/m);
    expect(readFileSync(join(folder, "out/function.zip"), "utf8")).toBe("previous");
    const left = [`runtime-aws-lambda.owner-pid=${pid}`];
    await expect(daemon.listContainers(left, undefined)).resolves.toHaveLength(1);
    await sweep(daemon);
    await expect(daemon.listContainers(left, undefined)).resolves.toEqual([]);
  },
);

dockerTest(
  "a daemon that goes away while an image is built",
  { platforms: ["al2023-x86_64"] },
  async ({ folder, daemon, labels }) => {
    await using relay = await startDaemonRelay(daemon);
    const far = await findDaemon({ dockerHost: relay.address, environment: {} });
    const dockerfilePath = join(folder, "Dockerfile");
    const lines = [
      "ARG BASE_IMAGE",
      "FROM ${BASE_IMAGE}",
      `LABEL runtime-aws-lambda.role=image ${labelFilter(labels).join(" ")}`,
      "RUN echo up && sleep 1000",
    ];
    writeFileSync(dockerfilePath, `${lines.join("\n")}\n`);
    const onEvent = (event: ImageEvent): void => {
      if (event.type === "build-log" && event.line === "up") relay.cut();
    };
    const baseImage = runnableBaseImage("al2023-x86_64");
    const facts = platforms["al2023-x86_64"];
    await expect(ensureImage(far, { facts, baseImage, dockerfilePath, labels, onEvent })).rejects.toMatchObject({
      code: "DOCKER_REQUEST_FAILED",
      message: expect.stringMatching(
        /^Building runtime-aws-lambda\/al2023-x86_64:\w+ failed: \w+ at step 4\/\d: RUN echo/,
      ) as string,
      hint: expect.stringContaining("Is the Docker daemon still running?") as string,
    });
    // It notices, and ends the step; what was finished before is swept once it is an hour old.
    const filter = labelFilter(labels);
    const left = async () => {
      await sweep(daemon, { labels, imageAgeMs: 0 });
      return [
        ...(await daemon.listContainers(filter, undefined)),
        ...(await daemon.listDanglingImages(filter, undefined)),
      ];
    };
    await expect.poll(left, { timeout: 30_000 }).toEqual([]);
  },
);

test("waiting for an event on stdin ends at once", { timeout }, async ({ folder }) => {
  const args = ["examples/hello/handler.ts", "--event", "-"];
  const child = spawn(process.execPath, [`${repositoryFolder}dist/cli/emulate.js`, ...args], {
    cwd: repositoryFolder,
    env: { ...process.env, TMPDIR: folder },
    stdio: ["pipe", "ignore", "pipe"],
  });
  // As soon as it reads its input, it takes what is written.
  await new Promise<void>((resolve) => child.stdin.write(`"${"x".repeat(200_000)}`, () => resolve()));
  child.kill("SIGINT");
  const exitCode = await new Promise((resolve) => child.once("exit", resolve));
  expect(exitCode).toBe(130);
  expect(readdirSync(folder)).toEqual([]);
});

test("an invocation ends with its process", { timeout }, async ({ folder }) => {
  const args = ["test/fixtures/functions/misbehave.ts", "--timeout", "600", "--event", '{"how":"hang"}'];
  const result = await interrupt("emulate", args, /hanging in process \d+\n/, { folder });
  expect({ exitCode: result.exitCode, stdout: result.stdout }, result.stderr).toEqual({ exitCode: 130, stdout: "" });
  const pid = /hanging in process (\d+)/.exec(result.stderr)?.[1];
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

test("a server answers the callers whose invocations it ends, and leaves nothing", { timeout }, async ({ folder }) => {
  const temporary = join(folder, "temporary");
  mkdirSync(temporary);
  const answers: Promise<Response>[] = [];
  const args = ["test/fixtures/functions/misbehave.ts", "--timeout", "600"];
  const pids = (log: string): string[] => [...log.matchAll(/hanging in process (\d+)\n/g)].map(([, pid = ""]) => pid);
  let isInterrupted = false;
  let isAsked = false;
  const { exitCode, stderr } = await runCommand("emulate", [...args, "--port", "0"], {
    environment: { TMPDIR: temporary },
    onStdout(_child, stdout) {
      const endpoint = /=(http:\S+)\n/.exec(stdout)?.[1];
      if (isAsked || endpoint === undefined) return;
      isAsked = true;
      const url = `${endpoint}/2015-03-31/functions/misbehave/invocations`;
      for (let count = 0; count < 3; count++) {
        answers.push(fetch(url, { method: "POST", body: '{"how":"hang"}' }));
      }
    },
    onStderr(child, log) {
      if (isInterrupted || pids(log).length < 3) return;
      isInterrupted = true;
      child.kill("SIGINT");
    },
  });
  expect(exitCode, stderr).toBe(130);
  expect(stderr).not.toMatch(/error|^ +at /m);
  for (const answer of await Promise.all(answers)) {
    expect(answer.status).toBe(503);
    // oxlint-disable-next-line no-await-in-loop -- there already
    expect(await answer.json()).toMatchObject({ Message: "The emulator was closed while the function was invoked" });
  }
  expect(pids(stderr).filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
});

dockerTest(
  "an invocation ends with its container",
  { platforms: ["al2-x86_64"], timeoutMs: timeout },
  async ({ folder, daemon }) => {
    const source = "test/fixtures/functions/misbehave.ts";
    const built = await runCommand("build", [
      source,
      "--platform",
      "al2-x86_64",
      "--site",
      "host",
      "--out-dir",
      folder,
    ]);
    expect(built.exitCode, built.stderr).toBe(0);
    const image = baseImageFor("al2-x86_64");
    const base = image === undefined ? [] : ["--base-image", image];
    const args = [join(folder, "function.zip"), "--platform", "al2-x86_64", ...base, "--timeout", "600", "--event"];
    const result = await interrupt("emulate", [...args, '{"how":"hang"}'], /hanging in process \d+\n/, { folder });
    expect(result.exitCode, result.stderr).toBe(130);
    await expect(daemon.listContainers([`runtime-aws-lambda.owner-pid=${result.pid}`], undefined)).resolves.toEqual([]);
  },
);
