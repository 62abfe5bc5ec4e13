/** The labels every object made in a daemon carries, and the question whether their owner still lives. */
import { isAlive } from "../process/index.ts";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Names of the labels. */
export const labelNames = {
  /** What the object is: `container`, `image` or `cache` (a volume). */
  role: "runtime-aws-lambda.role",
  ownerPid: "runtime-aws-lambda.owner-pid",
  ownerHost: "runtime-aws-lambda.owner-host",
  /** When the owner started, in clock ticks since boot; missing where there is no /proc. */
  ownerStart: "runtime-aws-lambda.owner-start",
  /** Absolute path of the project on the owner's host, of a cache that only it uses. */
  project: "runtime-aws-lambda.project",
  /** What a platform's image stands on, `name@sha256:…`, where a registry gave its digest. */
  baseImage: "runtime-aws-lambda.base-image",
  /** The platform of an image. */
  platform: "runtime-aws-lambda.platform",
} as const;

/** The labels of a container made by this process. */
export function ownerLabels(): Readonly<Record<string, string>> {
  const start = processStart(process.pid);
  return {
    [labelNames.role]: "container",
    [labelNames.ownerPid]: String(process.pid),
    [labelNames.ownerHost]: hostname(),
    ...(start !== undefined && { [labelNames.ownerStart]: start }),
  };
}

/**
 * Whether the process that made a container is known to be gone. False whenever that cannot be known from here: no owner
 * labels (a container someone else ran from one of our images inherits the image's labels only), or another host.
 */
export function isOwnerGone(labels: Readonly<Record<string, string>>): boolean {
  const pid = Number(labels[labelNames.ownerPid]);
  if (labels[labelNames.ownerHost] !== hostname() || !Number.isSafeInteger(pid) || pid <= 0) {
    return false;
  }
  if (!isAlive(pid)) {
    return true;
  }
  // The pid lives, but may be another process by now.
  const recorded = labels[labelNames.ownerStart];
  const current = processStart(pid);
  return recorded !== undefined && current !== undefined && recorded !== current;
}

// Field 22 of /proc/<pid>/stat (proc(5)); the name in field 2 may hold spaces and parentheses.
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
