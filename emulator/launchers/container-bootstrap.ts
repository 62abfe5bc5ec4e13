/** Without external extensions: the bootstrap is the first process of its container, and ends with it. */
import { startContainer, type RunningContainer } from "../../docker/index.ts";
import { toExitStatus, toNotStarted } from "./container-exit.ts";
import { bootstrapPath, containerOf, listenerHostOf, type ContainerSetting } from "./container-layout.ts";
import type { ExitStatus, OutputListener, RunningProcess, Sandbox, SandboxRequest } from "./launcher.ts";

/** A container while it is being started, runs, and is taken away. */
export class ContainerBootstrap implements Sandbox {
  readonly extensionNames: readonly string[] = [];
  readonly #setting: ContainerSetting;
  readonly #request: SandboxRequest;
  #container: Promise<RunningContainer> | undefined;

  constructor(setting: ContainerSetting, request: SandboxRequest) {
    this.#setting = setting;
    this.#request = request;
  }

  /** For internal extensions. */
  get listenerHost(): Promise<string> | undefined {
    if (!this.#setting.isReachable || this.#container === undefined) return undefined;
    return listenerHostOf(this.#container);
  }

  startRuntime(onOutput: OutputListener): RunningProcess {
    const container = startContainer(this.#setting.daemon, {
      ...containerOf(this.#setting, this.#request),
      command: [bootstrapPath(this.#setting)],
      environment: this.#request.environment,
      onOutput,
    });
    this.#container = container;
    return {
      exited: exitOf(container),
      // A failing removal has nobody to tell here; the sweep of the next start takes what is left.
      kill: () => void container.then((running) => running.remove()).catch(() => {}),
      terminate: () => void container.then((running) => running.kill("SIGTERM")).catch(() => {}),
      peakMemoryBytes: () => peakMemoryOf(container),
      // The daemon passes output on in its own time.
      outputRead: () => undefined,
    };
  }

  startExtension(): never {
    throw new Error("there is none");
  }
}

async function exitOf(starting: Promise<RunningContainer>): Promise<ExitStatus> {
  try {
    const container = await starting;
    const { exitCode, outOfMemory } = await container.exited;
    await container.remove();
    return toExitStatus(exitCode, outOfMemory);
  } catch (error) {
    return toNotStarted(error);
  }
}

/** Of all its processes; undefined when it is already gone. */
export async function peakMemoryOf(container: Promise<RunningContainer>): Promise<number | undefined> {
  try {
    return (await (await container).stats()).peakMemoryBytes;
  } catch {
    return undefined;
  }
}
