/** The compilers of this machine, in the project's own folder and with the user's own environment. */
import { copyFile, stat } from "node:fs/promises";
import { parseArchitecture, type PlatformFacts } from "../../images/platforms.ts";
import { endedOrAborted, LogTail, startProcess } from "../../process/index.ts";
import { BuilderError } from "../errors.ts";
import type { CompilerRun, Compilers } from "./compilers.ts";

/** Compilers that are there if they are installed; what they link with is this machine's, and the gate judges it. */
export function hostCompilers(facts: PlatformFacts): Compilers {
  const architecture = parseArchitecture(process.arch) ?? facts.architecture;
  return {
    site: "host",
    image: undefined,
    architecture,
    isCross: architecture !== facts.architecture || process.platform !== "linux",
    pathOf: (_tree, folder) => folder,
    run: runOnHost,
  };
}

async function runOnHost(run: CompilerRun): Promise<string> {
  const tail = new LogTail(run.onLog);
  const messages: Buffer[] = [];
  for (const command of run.commands) {
    const child = startProcess({
      command,
      workingDirectory: run.folder,
      // The compiler's own settings, a registry, a proxy and certificates may stand in variables.
      // oxlint-disable-next-line node/no-process-env
      environment: { ...process.env, ...run.environment },
      onOutput(stream, chunk) {
        if (stream === "stdout") messages.push(chunk);
        if (stream === "stderr" || run.stdout === "log") tail.write(chunk, stream);
      },
    });
    // oxlint-disable-next-line no-await-in-loop -- each needs what the one before made
    const exit = await endedOrAborted(child, run.signal);
    const [program] = command;
    if (exit.kind === "not-started") {
      throw new BuilderError(
        "COMPILE_FAILED",
        `${program} could not be started on this machine: ${exit.cause.message}`,
        {
          hint: `Install ${program}, or build in the platform's image: --site docker`,
          cause: exit.cause,
        },
      );
    }
    if (exit.kind === "killed" || exit.exitCode !== 0) {
      const why = exit.kind === "killed" ? `was ended by ${exit.signal}` : `ended with exit code ${exit.exitCode}`;
      throw new BuilderError("COMPILE_FAILED", `${program} ${why}`, {
        ...(exit.kind === "killed" ? {} : { exitCode: exit.exitCode }),
        logTail: tail.end(),
      });
    }
  }
  tail.end();
  const stdout = Buffer.concat(messages).toString("utf8");
  for (const { path, destination } of run.outputs(stdout)) {
    // oxlint-disable-next-line no-await-in-loop -- few
    const kind = await stat(path).catch(() => undefined);
    // A pipe would be waited for, for ever.
    if (kind?.isFile() !== true) {
      const what = kind === undefined ? "there is no" : "there is something else than a file at";
      const message = `${run.commands[0]?.[0]} ended well, but ${what} ${path} afterwards`;
      throw new BuilderError("COMPILE_FAILED", message, { logTail: tail.lines });
    }
    // oxlint-disable-next-line no-await-in-loop -- few
    await copyFile(path, destination);
  }
  return stdout;
}
