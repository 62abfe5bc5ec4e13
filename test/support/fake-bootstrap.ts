import type { ExitStatus, RunningProcess } from "../../emulator/launchers/launcher.ts";

/** A bootstrap without a process: the test decides what it does. */
export class FakeBootstrap implements RunningProcess {
  readonly #exit = Promise.withResolvers<ExitStatus>();
  readonly exited = this.#exit.promise;
  readonly print: (text: string) => void;
  isKilled = false;
  constructor(onOutput: (stream: "stdout", chunk: Buffer) => void) {
    this.print = (text) => onOutput("stdout", Buffer.from(text));
  }
  exit(status: ExitStatus): void {
    this.#exit.resolve(status);
  }
  terminate(): void {}
  kill(): void {
    this.isKilled = true;
    this.exit({ kind: "killed", signal: "SIGKILL", outOfMemory: false });
  }
  peakMemoryBytes = (): number => 30 * 1_048_576;
  /** Set by a test in which output is still on its way. */
  outputOnItsWay: Promise<void> | undefined;
  outputRead = (): Promise<void> | undefined => this.outputOnItsWay;
}
