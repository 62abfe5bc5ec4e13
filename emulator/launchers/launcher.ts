/** What the emulator needs from a way to run a bootstrap. */

/** How a bootstrap is started. */
export interface LaunchRequest {
  /** `host:port` of the Runtime API as the bootstrap reaches it is already in here. */
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMib: number;
  /** Raw output, in the order it was read. */
  readonly onOutput: (stream: "stdout" | "stderr", chunk: Buffer) => void;
}

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
  launch(request: LaunchRequest): RunningProcess;
  /** Names of the files in `/opt/extensions`. */
  readonly extensionNames: readonly string[];
  /** Starts one of them beside the bootstrap. */
  launchExtension(name: string, request: LaunchRequest): RunningProcess;
  /** Where the emulator reaches what an extension listens on. */
  readonly listenerHost: string;
}

/** Starts the processes of one environment; all of them again when a failed init is repeated. */
export interface Sandbox {
  readonly extensionNames: readonly string[];
  readonly listenerHost: string;
  startRuntime(onOutput: LaunchRequest["onOutput"]): RunningProcess;
  startExtension(name: string, onOutput: LaunchRequest["onOutput"]): RunningProcess;
}
