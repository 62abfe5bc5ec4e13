import type { ExitStatus, OutputListener, RunningProcess, Sandbox } from "../../emulator/launchers/launcher.ts";

/** A sandbox without extensions. */
export function aSandbox(startRuntime: (onOutput: OutputListener) => RunningProcess): Sandbox {
  const startExtension = (): never => {
    throw new Error("there is none");
  };
  return { extensionNames: [], listenerHost: "127.0.0.1", startRuntime, startExtension };
}

/** A process that is none: the test decides when it ends. */
export function aProcess(exited: Promise<ExitStatus>, kill: () => void = () => {}): RunningProcess {
  return { exited, kill, terminate: () => {}, peakMemoryBytes: () => undefined, outputRead: () => undefined };
}
