/** What the runtime needs from the process it runs in; tests pass their own. */

/** The part of `process` that the runtime listens to. */
export interface ProcessEvents {
  on(event: string, listener: (thrown: unknown) => void): unknown;
  off(event: string, listener: (thrown: unknown) => void): unknown;
  /** Ends the process, or the thread. */
  exit(code: number): void;
  /** Set by a worker thread, whose main thread registers the internal extension for all. */
  registerExtension?(): Promise<boolean>;
}

/** Listens until the returned function is called. */
export function listen(
  events: ProcessEvents,
  listeners: Readonly<Record<string, (thrown: unknown) => void>>,
): () => void {
  for (const [event, listener] of Object.entries(listeners)) events.on(event, listener);
  return () => {
    for (const [event, listener] of Object.entries(listeners)) events.off(event, listener);
  };
}
