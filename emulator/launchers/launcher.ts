/** What the emulator needs from a way to run a bootstrap. */

/** What the processes of one environment are started with. */
export interface SandboxRequest {
  /** Of the bootstrap. `host:port` of the Runtime API as it reaches it is already in here. */
  readonly environment: Readonly<Record<string, string>>;
  readonly extensionEnvironment: Readonly<Record<string, string>>;
  readonly memoryMib: number;
}

/** Takes raw output, in the order it was read. */
export type OutputListener = (stream: "stdout" | "stderr", chunk: Buffer) => void;

/** Why a bootstrap is no longer there. */
export type ExitStatus =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed"; readonly signal: string; readonly outOfMemory: boolean }
  | { readonly kind: "not-started"; readonly reason: string };

/** A started bootstrap or extension. */
export interface RunningProcess {
  /** Resolves once it is gone and all its output was handed over; never rejects. */
  readonly exited: Promise<ExitStatus>;
  /** SIGKILL to the whole process group; harmless when it is already gone. */
  kill(): void;
  /** SIGTERM to it. */
  terminate(): void;
  /** Called when an invocation begins, where the peak of descendants is not known afterwards. */
  watchMemory?(): void;
  /** Highest resident memory so far, of all its processes; undefined where this machine does not tell. */
  peakMemoryBytes(): number | undefined | Promise<number | undefined>;
  /** Resolves when all output is handed over that was written before this call; undefined where nobody can tell. */
  outputRead(): Promise<void> | undefined;
}

/** One way to run the bootstrap of one function. */
export interface Launcher {
  /** Address on which the Runtime API has to listen so that the bootstrap reaches it. */
  readonly listenHost: string;
  /** Host name under which the bootstrap reaches that address. */
  readonly reachableHost: string;
  /** Folder with the function's code, as the bootstrap sees it (`LAMBDA_TASK_ROOT`). */
  readonly taskRoot: string;
  /** Folder with the contents of the layers, as the bootstrap sees it: `/opt` on Lambda. */
  readonly layersFolder: string;
  /** Makes what stands in for `/tmp` of one environment, where it is not its own anyway; removed with the emulator. */
  makeTemporaryFolder?(): string;
  /** Makes what one start of an environment runs in. */
  openSandbox(request: SandboxRequest): Sandbox;
}

/** Starts the processes of one environment; a failed init is repeated in another sandbox. */
export interface Sandbox {
  /** Names of the files in `/opt/extensions`. */
  readonly extensionNames: readonly string[];
  /** Where the emulator reaches what an extension listens on; undefined where it does not. */
  readonly listenerHost: string | Promise<string> | undefined;
  /** The bootstrap. */
  startRuntime(onOutput: OutputListener): RunningProcess;
  /** One of the extensions, beside the bootstrap. */
  startExtension(name: string, onOutput: OutputListener): RunningProcess;
  /** Takes away what is left of it when its processes are gone; never rejects. */
  close?(): Promise<void>;
}
