/** The payloads with which Lambda itself answers for a function that could not. Texts as recorded from the service. */
import type { ExitStatus } from "./launchers/launcher.ts";

/** A failure seen by the platform, not reported by the runtime. */
export interface PlatformFailure {
  /** For REPORT: `error` or `timeout`. */
  readonly status: "error" | "timeout";
  readonly errorType: string;
  /** Without the request id. */
  readonly message: string;
}

/** `{"errorType":…,"errorMessage":"RequestId: … Error: …"}`, as the caller receives it. */
export function failurePayload(failure: PlatformFailure, requestId: string): Buffer {
  const errorMessage = `RequestId: ${requestId} Error: ${failure.message}`;
  return Buffer.from(JSON.stringify({ errorType: failure.errorType, errorMessage }));
}

/** The configured timeout, not the measured time, with two decimals. */
export function timeoutFailure(timeoutMs: number): PlatformFailure {
  const message = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
  return { status: "timeout", errorType: "Sandbox.Timedout", message };
}

/** A response above the limit: the runtime goes on, the caller gets this. */
export function responseTooLargePayload(maxBytes: number): Buffer {
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${maxBytes} bytes).`;
  return Buffer.from(JSON.stringify({ errorMessage, errorType: "Function.ResponseSizeTooLarge" }));
}

/** A streamed response that ended before its end: its connection was cut, or its process is gone. */
export const truncatedResponse: PlatformFailure = {
  status: "error",
  errorType: "Runtime.TruncatedResponse",
  message: "The response stream ended before it was complete",
};

/** What an ended bootstrap means for the invocation it was working on. */
export function exitFailure(exit: ExitStatus): PlatformFailure {
  switch (exit.kind) {
    case "not-started":
      return { status: "error", errorType: "Runtime.InvalidEntrypoint", message: exit.reason };
    case "killed": {
      const errorType = exit.outOfMemory ? "Runtime.OutOfMemory" : "Runtime.ExitError";
      return { status: "error", errorType, message: `Runtime exited with error: signal: ${signalName(exit.signal)}` };
    }
    case "exited": {
      const reason = exit.code === 0 ? "without providing a reason" : `with error: exit status ${exit.code}`;
      return { status: "error", errorType: "Runtime.ExitError", message: `Runtime exited ${reason}` };
    }
  }
}

/** Lambda prints signals with the words of Go's `syscall.Signal`. */
const signalNames: Readonly<Record<string, string>> = {
  SIGHUP: "hangup",
  SIGINT: "interrupt",
  SIGQUIT: "quit",
  SIGILL: "illegal instruction",
  SIGTRAP: "trace/breakpoint trap",
  SIGABRT: "aborted",
  SIGBUS: "bus error",
  SIGFPE: "floating point exception",
  SIGKILL: "killed",
  SIGUSR1: "user defined signal 1",
  SIGSEGV: "segmentation fault",
  SIGUSR2: "user defined signal 2",
  SIGPIPE: "broken pipe",
  SIGALRM: "alarm clock",
  SIGTERM: "terminated",
};

/** As Lambda prints it: `killed` for SIGKILL. */
export function signalName(signal: string): string {
  return signalNames[signal] ?? signal;
}
