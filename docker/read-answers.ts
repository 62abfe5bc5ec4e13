/** Answers of a daemon that take more than a line to read. */
import type Dockerode from "dockerode";
import { parseArchitecture } from "../images/platforms.ts";
import type { DaemonInfo, ImageInspection, ListedVolume } from "./daemon-answers.ts";
import type { DaemonAnswer, VolumesAnswer } from "./daemon-words.ts";
import { labelNames } from "./owner-labels.ts";

/** What is used of `GET /images/{name}/json`. */
export function imageInspection({
  Id,
  Architecture,
  RepoDigests,
  Config,
}: Dockerode.ImageInspectInfo): ImageInspection {
  // Images that were imported may have none.
  const { Labels: labels } = (Config as { readonly Labels?: Readonly<Record<string, string>> | null } | null) ?? {};
  return {
    imageId: Id,
    dockerArchitecture: Architecture,
    digest: (RepoDigests as readonly string[] | null | undefined)?.[0],
    baseImage: labels?.[labelNames.baseImage],
  };
}

/** What is used of `GET /volumes` and `GET /system/df`. */
export function listedVolumes({ Volumes }: VolumesAnswer): readonly ListedVolume[] {
  return (Volumes ?? []).map(({ Name, UsageData, Labels }) => ({
    name: Name,
    sizeBytes: UsageData?.Size ?? 0,
    labels: Labels ?? {},
  }));
}

/** What a daemon says about itself. @throws dockerode's errors, and an Error for an architecture that is none of Lambda's */
export async function askInfo(docker: Dockerode): Promise<DaemonInfo> {
  const [version, info] = await Promise.all([docker.version(), docker.info() as Promise<DaemonAnswer>]);
  const architecture = parseArchitecture(info.Architecture);
  if (architecture === undefined) {
    throw new Error(`its architecture ${info.Architecture} is none of Lambda's`);
  }
  return {
    serverVersion: version.Version,
    architecture,
    kind: version.Components?.[0]?.Name === "Podman Engine" ? "podman" : "docker",
    operatingSystem: info.OperatingSystem,
    isRootless: (info.SecurityOptions ?? []).some((option) => option.split(",").includes("name=rootless")),
  };
}
