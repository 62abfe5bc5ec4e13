/** Further processes in a running container, on a real daemon. */
import { expect } from "vitest";
import { startContainer, type ExecOptions, type RunningContainer } from "../../docker/index.ts";
import { platforms } from "../../images/platforms.ts";
import { dockerTest, runnableBaseImage, type DockerTestContext } from "../support/docker.ts";

const native = { platforms: ["al2-x86_64"] } as const;

async function withContainer(
  { daemon, labels }: DockerTestContext,
  use: (container: RunningContainer) => Promise<void>,
): Promise<void> {
  const container = await startContainer(daemon, {
    image: runnableBaseImage("al2-x86_64"),
    facts: platforms["al2-x86_64"],
    command: ["/bin/sleep", "infinity"],
    hostName: "sandbox.localdomain",
    memoryMib: 64,
    labels,
  });
  try {
    await use(container);
  } finally {
    await container.remove();
  }
}

/** Collects output, and tells when a text has come. */
class Output {
  text = "";
  #waiting: { readonly text: string; readonly resolve: () => void } | undefined;
  readonly onOutput: NonNullable<ExecOptions["onOutput"]> = (_stream, chunk) => {
    this.text += chunk.toString();
    if (this.#waiting !== undefined && this.text.includes(this.#waiting.text)) this.#waiting.resolve();
  };
  has(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = { text, resolve };
      this.onOutput("stdout", Buffer.alloc(0));
    });
  }
}

const shell = (script: string): ExecOptions["command"] => ["/bin/sh", "-c", script];

dockerTest("passes the variables on as they are, and nothing of the way it is started", native, async (context) => {
  await withContainer(context, async (container) => {
    const output = new Output();
    const environment = { A: "1 2", SHLVL: "7", OLDPWD: "=", EMPTY: "" };
    const exec = await container.startExec({ command: ["/usr/bin/env"], environment, onOutput: output.onOutput });
    expect(await exec.exited).toEqual({ exitCode: 0 });
    const inherited = /^(?:PATH|HOSTNAME|HOME)=/;
    expect(
      output.text
        .split("\n")
        .filter((line) => !inherited.test(line))
        .toSorted(),
    ).toEqual(["", "A=1 2", "EMPTY=", "OLDPWD==", "SHLVL=7"]);
  });
});

dockerTest("tells exit codes and signals, each of its own process", native, async (context) => {
  await withContainer(context, async (container) => {
    const [first, second] = await Promise.all([
      container.startExec({ command: shell("exit 3") }),
      container.startExec({ command: shell("kill -9 $$") }),
    ]);
    expect(await first.exited).toEqual({ exitCode: 3 });
    expect(await second.exited).toEqual({ exitCode: 137 });
  });
});

dockerTest("signals go to one process and its children, not to another", native, async (context) => {
  await withContainer(context, async (container) => {
    const output = new Output();
    const waiting = "trap 'echo told; exit 7' TERM; sleep 1000 & echo ready; wait";
    const told = await container.startExec({ command: shell(waiting), user: "993:990", onOutput: output.onOutput });
    const other = await container.startExec({ command: shell("sleep 1000; exit 1") });
    await output.has("ready\n");
    await told.kill("TERM");
    expect(await told.exited).toEqual({ exitCode: 7 });
    expect(output.text).toBe("ready\ntold\n");
    await told.kill();
    await other.kill();
    expect(await other.exited).toEqual({ exitCode: 137 });
    const left = new Output();
    const script = 'for each in /proc/[0-9]*; do tr "\\0" " " < $each/cmdline; echo; done';
    await (
      await container.startExec({ command: shell(script), onOutput: left.onOutput })
    ).exited;
    expect(left.text).not.toContain("sleep 1000");
  });
});

dockerTest("ends with its container", native, async (context) => {
  await withContainer(context, async (container) => {
    const output = new Output();
    const exec = await container.startExec({
      command: shell("echo ready; exec sleep 1000"),
      onOutput: output.onOutput,
    });
    await output.has("ready");
    await container.remove();
    expect(await exec.exited).toEqual({ exitCode: 137 });
  });
});

dockerTest("says why a program could not be started, also one with a = in its name", native, async (context) => {
  await withContainer(context, async (container) => {
    const output = new Output();
    const { onOutput } = output;
    const missing = await container.startExec({ command: ["/opt/a=b"], onOutput });
    expect(await missing.exited).toEqual({ notStarted: "fork/exec /opt/a=b: no such file or directory" });
    const folder = await container.startExec({ command: ["/etc"], onOutput });
    expect(await folder.exited).toEqual({ notStarted: "fork/exec /etc: permission denied" });
    expect(output.text).toBe("");
    // Of a program that was started they are exit codes and words like others.
    const own = await container.startExec({ command: shell("echo nice: it: is >&2; exit 1"), onOutput });
    expect(await own.exited).toEqual({ exitCode: 1 });
    expect(output.text).toBe("nice: it: is\n");
  });
});

dockerTest("tells what was killed at the memory limit, and the container's own address", native, async (context) => {
  await withContainer(context, async (container) => {
    expect(await container.memoryKills()).toBe(0);
    const eater = await container.startExec({ command: shell("exec head -c 200M /dev/zero | exec tail") });
    await eater.exited;
    expect(await container.memoryKills()).toBe(1);
    const output = new Output();
    const hosts = await container.startExec({ command: ["/bin/cat", "/etc/hosts"], onOutput: output.onOutput });
    await hosts.exited;
    const address = await container.ipAddress();
    expect(output.text).toMatch(new RegExp(`^${address}\\s+sandbox\\.localdomain sandbox$`, "m"));
  });
});

dockerTest("says that the daemon could not start it", native, async (context) => {
  await withContainer(context, async (container) => {
    const exec = await container.startExec({ command: ["/bin/true"], workingDirectory: "/etc/passwd" });
    expect(await exec.exited).toEqual({ notStarted: expect.stringMatching(/passwd/) as string });
    await exec.kill();
  });
});
