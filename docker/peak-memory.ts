/** The highest memory use of a container, as well as the kernel and the daemon tell it. */
import { readFile } from "node:fs/promises";
import type { Daemon } from "./daemon.ts";

/**
 * Returns a function that reads the highest memory use of a container so far, in bytes. With a daemon on this machine the
 * kernel's own count is read from the container's control group: `memory.max_usage_in_bytes` (v1) or `memory.peak` (v2,
 * Linux 5.19 and later). Otherwise the daemon is asked, which takes it up to a second; under cgroup v2 it knows no peak,
 * then it is the highest use seen at any of the calls. After the container's end it stays at what was seen before.
 */
export function peakMemory(daemon: Daemon, id: string): () => Promise<number> {
  let peakBytes = 0;
  let file: Promise<string | undefined> | undefined;
  return async () => {
    const known = daemon.isLocal ? await readPeak((file ??= findPeakFile(daemon, id))) : undefined;
    if (known === undefined) {
      const memory = await daemon.containerMemory(id);
      peakBytes = Math.max(peakBytes, memory.peakBytes ?? memory.usageBytes);
    } else {
      peakBytes = Math.max(peakBytes, known);
    }
    return peakBytes;
  };
}

async function readPeak(file: Promise<string | undefined>): Promise<number | undefined> {
  try {
    const path = await file;
    const peak = path === undefined ? Number.NaN : Number(await readFile(path, "utf8"));
    return Number.isSafeInteger(peak) ? peak : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The lines of cgroups(7) are `0::/path` (v2) and `number:memory:/path` (v1). The id in the path proves that the pid is
 * the container's also on this side: the daemon of a virtual machine counts its own pids.
 */
async function findPeakFile(daemon: Daemon, id: string): Promise<string | undefined> {
  const { pid } = await daemon.inspectContainer(id);
  const groups = await readFile(`/proc/${pid}/cgroup`, "utf8");
  const isOurs = (path: string | undefined): path is string => path?.includes(id) === true;
  const v1 = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m.exec(groups)?.[1];
  if (isOurs(v1)) return `/sys/fs/cgroup/memory${v1}/memory.max_usage_in_bytes`;
  const v2 = /^0::(\/.*)$/m.exec(groups)?.[1];
  return isOurs(v2) ? `/sys/fs/cgroup${v2}/memory.peak` : undefined;
}
