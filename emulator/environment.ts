/** What an execution environment is to those around it: the pool that owns it, and the Runtime API it is reached by. */
import type { ExtensionHost } from "./extensions/extension-host.ts";
import type { Invocation, InvocationInProgress } from "./invocation.ts";
import type { Sandbox } from "./launchers/launcher.ts";
import type { NextRequest } from "./next-requests.ts";
import type { ResponseSource } from "./streaming/streamed-response.ts";

/** An error of the runtime, and the type that its header names. */
export interface ReportedError {
  readonly body: Buffer;
  /** Normalised: `Runtime.…` or `Function.…`. */
  readonly errorType: string;
  /** For AWS X-Ray, where the runtime gave one. */
  readonly xrayCause?: object | undefined;
}

/** The Runtime API as one bootstrap sees it. All throw RuntimeApiRefusal, or reject with it. */
export interface RuntimeCalls {
  /** `GET /runtime/invocation/next`. Returns how to stop waiting. */
  next(request: NextRequest): () => void;
  /** Whether the caller of the invocation, if it is at work, takes the answer while it is made. */
  isStreamingInvoke(requestId: string): boolean;
  /** `POST /runtime/invocation/{id}/response`; without a body when it was too large to be read. */
  respond(requestId: string, body: Buffer | undefined, responseMode: string | undefined, invocationId?: string): void;
  /** The same in streaming mode: resolves when all of it was taken. */
  respondStreaming(requestId: string, source: ResponseSource, invocationId?: string): Promise<void>;
  /** `POST /runtime/invocation/{id}/error`. */
  reportError(requestId: string, error: ReportedError, invocationId?: string): void;
  /** `POST /runtime/init/error`. */
  reportInitError(error: ReportedError): void;
}

/** What only a bootstrap with a snapshot may ask. */
export interface SnapshotCalls {
  /**
   * `GET /runtime/restore/next`. Returns how to stop waiting.
   *
   * @param answer called when the snapshot is restored
   */
  restoreNext(answer: () => void): () => void;
  /** `POST /runtime/restore/error`. */
  reportRestoreError(error: ReportedError): void;
}

/** One sandbox: `ExecutionEnvironment` works on one invocation after the other, `ConcurrentEnvironment` on many. */
export interface Environment {
  /** Of the present bootstrap. */
  readonly session: RuntimeCalls;
  /** Undefined without SnapStart. */
  readonly snapshot: SnapshotCalls | undefined;
  /** The APIs of the present extensions. */
  readonly host: ExtensionHost;
  /** True while the runtime waits for an event, or in a snapshot for its restore. */
  readonly isReady: boolean;
  /** False when an environment that was free no longer is: it has fewer workers than it might have had. */
  readonly hasRoom: boolean;
  /** True once the runtime has asked for an event. */
  readonly wasReady: boolean;
  /** True while an invocation is neither over nor given to another environment. */
  readonly hasWork: boolean;
  /** Resolves when what was given up is gone, and its last invocation reported. */
  readonly left: Promise<void>;
  /** Begins the init phase. */
  start(openSandbox: () => Sandbox): void;
  /** Hands an invocation to a free environment; it is delivered when the runtime asks for it. */
  assign(invocation: Invocation): InvocationInProgress;
  /** Restores a snapshot without an invocation, now or when it is made; false where there is, and will be, none. */
  restore(): boolean;
  /** Takes no new invocation and ends once it has nothing left to do. Resolves when the processes are gone. */
  retire(): Promise<void>;
  /** Ends the environment; what it works on is abandoned. Resolves when the processes are gone. */
  stop(): Promise<void>;
}
