/**
 * With external extensions: one container for them and the bootstrap, as Lambda's sandbox is one. They share its network, its
 * `/tmp` and its memory limit; each is a process of its own beside a first process that does nothing.
 */
import {
  killedExitCode,
  startContainer,
  type ExecOptions,
  type RunningContainer,
  type RunningExec,
} from "../../docker/index.ts";
import { peakMemoryOf } from "./container-bootstrap.ts";
import { toExitStatus, toNotStarted } from "./container-exit.ts";
import {
  bootstrapPath,
  containerOf,
  layersFolder,
  listenerHostOf,
  sandboxUser,
  taskRoot,
  type ContainerSetting,
} from "./container-layout.ts";
import { extensionsFolder, whyNoExtension } from "./find-extensions.ts";
import type { ExitStatus, OutputListener, RunningProcess, Sandbox, SandboxRequest } from "./launcher.ts";
import { notStarted } from "./not-started.ts";

/** The container is started at once. */
export class ContainerSandbox implements Sandbox {
  readonly extensionNames: readonly string[];
  readonly #setting: ContainerSetting;
  readonly #request: SandboxRequest;
  readonly #container: Promise<RunningContainer>;
  /** Those that are known to have been out of memory. */
  #memoryKills = 0;

  constructor(extensionNames: readonly string[], setting: ContainerSetting, request: SandboxRequest) {
    this.extensionNames = extensionNames;
    this.#setting = setting;
    this.#request = request;
    const command = ["/bin/sleep", "infinity"] as const;
    this.#container = startContainer(setting.daemon, { ...containerOf(setting, request), command });
    // Told by the processes.
    this.#container.catch(() => {});
  }

  get listenerHost(): Promise<string> | undefined {
    return this.#setting.isReachable ? listenerHostOf(this.#container) : undefined;
  }

  startRuntime(onOutput: OutputListener): RunningProcess {
    const { environment } = this.#request;
    return this.#start({
      command: [bootstrapPath(this.#setting)],
      workingDirectory: taskRoot,
      environment,
      onOutput,
    });
  }

  startExtension(name: string, onOutput: OutputListener): RunningProcess {
    const { layersFolder: layers = "", facts } = this.#setting;
    const reason = whyNoExtension(layers, name, facts.architecture);
    if (reason !== undefined) return notStarted(reason);
    const { extensionEnvironment: environment } = this.#request;
    const command = [`${layersFolder}/${extensionsFolder}/${name}`] as const;
    return this.#start({ command, workingDirectory: layersFolder, environment, onOutput });
  }

  async close(): Promise<void> {
    // A failing removal has nobody to tell here; the sweep of the next start takes what is left.
    await this.#container.then((container) => container.remove()).catch(() => {});
  }

  #start(options: ExecOptions): RunningProcess {
    const exec = this.#container.then((container) => container.startExec({ ...options, user: sandboxUser }));
    let wasKilled = false;
    return {
      exited: this.#exitOf(exec, () => wasKilled),
      kill: () => {
        wasKilled = true;
        // What cannot be killed alone ends with all the others.
        exec.then((running) => running.kill()).catch(() => this.close());
      },
      terminate: () => void exec.then((running) => running.kill("TERM")).catch(() => {}),
      peakMemoryBytes: () => peakMemoryOf(this.#container),
      outputRead: () => undefined,
    };
  }

  async #exitOf(exec: Promise<RunningExec>, wasKilled: () => boolean): Promise<ExitStatus> {
    try {
      const exit = await (await exec).exited;
      if ("notStarted" in exit) return toNotStarted(new Error(exit.notStarted));
      const isOutOfMemory = exit.exitCode === killedExitCode && !wasKilled() && (await this.#isOutOfMemory());
      return toExitStatus(exit.exitCode, isOutOfMemory);
    } catch (error) {
      return toNotStarted(error);
    }
  }

  async #isOutOfMemory(): Promise<boolean> {
    try {
      const kills = await (await this.#container).memoryKills();
      const isNew = kills > this.#memoryKills;
      this.#memoryKills = kills;
      return isNew;
    } catch {
      // The container is already gone.
      return false;
    }
  }
}
