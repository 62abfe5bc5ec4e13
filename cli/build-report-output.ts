/** The report of a build as a few aligned lines. */
import type { BuildResult } from "../builder/index.ts";
import type { BuildOutcome } from "./reporter.ts";

/** The reports of one build, below its label where there are several. */
export function formatReports({ label, results }: BuildOutcome, isOneOfSeveral: boolean): string {
  const heading = isOneOfSeveral && results.length > 0 ? `${label}\n` : "";
  return heading + results.map((result) => formatReport(result)).join("");
}

/** Sizes against Lambda's limits, what the executable needs against what the platform has, time per step. */
function formatReport({ report }: BuildResult): string {
  const rows: readonly (readonly [string, string])[] = [
    ["platform", `${report.platform}, built ${report.site === "docker" ? "in its image" : "on this machine"}`],
    report.engine === undefined
      ? ["toolchain", report.toolchain]
      : ["engine", `${report.engine.name} ${report.engine.version}`],
    ["archive", `${mib(report.zippedBytes)} of ${mib(report.limits.zippedBytes)} for a direct upload`],
    ["unzipped", `${mib(report.unzippedBytes)} of ${mib(report.limits.unzippedBytes)}`],
    ["glibc", `needs ${report.glibcNeeded ?? "none"}, the platform has ${report.glibcOfPlatform}`],
    ["smoke run", `${report.smokeRun.status}: ${report.smokeRun.detail}`],
    ["sha256", report.sha256],
    ["steps", report.steps.map(({ step, durationMs }) => `${step} ${seconds(durationMs)}`).join(", ")],
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(10)} ${value}\n`).join("");
}

const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;

/** `0.42 s` */
export const seconds = (durationMs: number): string => `${(durationMs / 1000).toFixed(2)} s`;
