/** The highest memory use of a container, as well as the daemon and the kernel tell it. */
import { readFile } from "node:fs/promises";
import type { Daemon } from "./daemon.ts";

/**
 * Returns a function that reads the highest memory use of a container so far, in bytes. Under cgroup v1 the daemon knows
 * it. Under v2 it does not: then `memory.peak` of the container's control group is read (Linux 5.19 and later, a daemon on
 * this machine), and without that it is the highest use seen at any of the calls. After the container's end it stays at what
 * was seen before.
 */
export function peakMemory(daemon: Daemon, id: string): () => Promise<number> {
  let peakBytes = 0;
  return async () => {
    const memory = await daemon.containerMemory(id);
    const known = memory.peakBytes ?? (daemon.isLocal ? await controlGroupPeak(daemon, id) : undefined);
    peakBytes = Math.max(peakBytes, known ?? memory.usageBytes);
    return peakBytes;
  };
}

async function controlGroupPeak(daemon: Daemon, id: string): Promise<number | undefined> {
  const { pid } = await daemon.inspectContainer(id);
  try {
    // The one line of cgroup v2 is 0::/path (cgroups(7)). The id in the path proves that the pid is the container's also on
    // this side: the daemon of a virtual machine counts its own pids.
    const path = /^0::(\/.*)$/m.exec(await readFile(`/proc/${pid}/cgroup`, "utf8"))?.[1];
    if (path === undefined || !path.includes(id)) {
      return undefined;
    }
    const peak = Number(await readFile(`/sys/fs/cgroup${path}/memory.peak`, "utf8"));
    return Number.isSafeInteger(peak) ? peak : undefined;
  } catch {
    return undefined;
  }
}
