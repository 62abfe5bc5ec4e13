/** Why a container was killed, where the daemon heard of its end first. */
import type { Daemon } from "./daemon.ts";

// Under load it was there 300 ms after the end, whenever it was late; this is on the safe side.
const graceMs = 500;

/**
 * Whether there is an `oom` event of a container that has ended. Two watchers tell dockerd of the end and of the kernel's
 * kill, and under load they overtake each other: then the container itself says for ever that it had memory enough, and
 * only the event, which comes a moment later, tells the truth. One of 70 beside a load of eight never came.
 */
export async function sawOutOfMemory(daemon: Daemon, id: string): Promise<boolean> {
  const grace = AbortSignal.timeout(graceMs);
  try {
    for await (const _ of await daemon.containerEvents(id, "oom", grace)) return true;
    return false;
  } catch (error) {
    if (grace.aborted) return false;
    throw error;
  }
}
