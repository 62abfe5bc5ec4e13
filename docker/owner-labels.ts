/** The labels every object made in a daemon carries. */
import { thisProcess, type Owner } from "../process/index.ts";

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
  const { host, pid, start } = thisProcess();
  return {
    [labelNames.role]: "container",
    [labelNames.ownerPid]: String(pid),
    [labelNames.ownerHost]: host,
    ...(start !== undefined && { [labelNames.ownerStart]: start }),
  };
}

/** Who made a container; undefined for one that somebody else ran from an image of ours, and has the image's labels only. */
export function ownerOf(labels: Readonly<Record<string, string>>): Owner | undefined {
  const { [labelNames.ownerHost]: host, [labelNames.ownerPid]: pid, [labelNames.ownerStart]: start } = labels;
  return host === undefined || pid === undefined ? undefined : { host, pid: Number(pid), start };
}
