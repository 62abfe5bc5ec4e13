import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { endedOrAborted, startProcess } from "../../process/index.ts";
import { gone } from "../support/gone.ts";
import { test } from "../support/temporary-folder.ts";

function start(folder: string, script: string, environment: Record<string, string> = {}, marker?: string) {
  const output = { stdout: "", stderr: "" };
  const started = startProcess({
    command: ["/bin/sh", "-c", script],
    workingDirectory: folder,
    environment: { PATH: "/usr/bin:/bin", ...environment },
    onOutput: (stream, chunk) => (output[stream] += chunk.toString()),
    ...(marker === undefined ? {} : { marker }),
  });
  return { ...started, output };
}

const pidIn = (folder: string, name: string): number => Number(readFileSync(join(folder, name), "utf8"));
/** Starts a process that outlives its parent, and waits until it has left the number under which it runs. */
const outliving = (how: string): string =>
  `${how} sh -c 'echo $$ > pid; exec sleep 1000' & while ! [ -s pid ]; do :; done`;

test("gives the exit code and all output", async ({ folder }) => {
  const { exited, output } = start(folder, "echo out; echo err >&2; exit 3");
  expect(await exited).toEqual({ kind: "exited", exitCode: 3 });
  expect(output).toEqual({ stdout: "out\n", stderr: "err\n" });
});

test("hands over what was written just before the end", async ({ folder }) => {
  const { exited, output } = start(folder, "seq 1 100000");
  await exited;
  expect(output.stdout.split("\n")).toHaveLength(100_001);
});

test("gives the signal", async ({ folder }) => {
  const started = start(folder, "exec sleep 1000");
  started.kill();
  expect(await started.exited).toEqual({ kind: "killed", signal: "SIGKILL" });
  started.kill();
});

test("gives the reason why it could not be started", async ({ folder }) => {
  const { exited, pid } = startProcess({
    command: [join(folder, "nothing")],
    workingDirectory: folder,
    environment: {},
    onOutput: () => {},
  });
  expect(pid).toBeUndefined();
  expect(await exited).toMatchObject({ kind: "not-started", cause: { code: "ENOENT" } });
});

test("ends what the process left in its group", async ({ folder }) => {
  await start(folder, outliving("")).exited;
  await gone(pidIn(folder, "pid"));
});

test("ends what has left the group, when it carries the marker", async ({ folder }) => {
  await start(folder, outliving("setsid"), { API: "127.0.0.1:1" }, "API").exited;
  await gone(pidIn(folder, "pid"));
});

test("does not wait for output of somebody who cannot be recognised", async ({ folder }) => {
  const { exited } = start(folder, outliving("setsid env -i PATH=$PATH"), { API: "127.0.0.1:2" }, "API");
  expect(await exited).toEqual({ kind: "exited", exitCode: 0 });
  process.kill(pidIn(folder, "pid"), "SIGKILL");
});

test("an abort ends it with the reason of the signal", async ({ folder }) => {
  const controller = new AbortController();
  const { output, ...started } = start(folder, "exec sleep 1000");
  const ended = endedOrAborted(started, controller.signal);
  controller.abort(new Error("enough"));
  await expect(ended).rejects.toThrow("enough");
  expect(await started.exited).toEqual({ kind: "killed", signal: "SIGKILL" });
  expect(output.stdout).toBe("");
  const second = start(folder, "exec sleep 1000");
  await expect(endedOrAborted(second, controller.signal)).rejects.toThrow("enough");
});

test("a process for which there are no descriptors left is not started, and nothing is thrown", () => {
  const script = `
    import { openSync } from "node:fs";
    import { startProcess } from "${new URL("../../process/index.ts", import.meta.url).href}";
    try { for (;;) openSync("/dev/null", "r"); } catch {}
    const { exited } = startProcess({ command: ["true"], workingDirectory: "/", environment: {}, onOutput: () => {} });
    const { kind, cause } = await exited;
    process.exit(kind === "not-started" && cause.code === "EMFILE" ? 42 : 1);
  `;
  const limited = ["-c", 'ulimit -n 64; exec "$@"', "sh", process.execPath, "--input-type=module", "-e", script];
  const { status, stderr } = spawnSync("/bin/sh", limited, { encoding: "utf8" });
  expect([status, stderr]).toEqual([42, ""]);
});
