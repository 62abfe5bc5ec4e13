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

/** One line on what the native engine would save, or nothing. Undefined sizes are not guessed. */
export function formatAlternative(outcomes: readonly BuildOutcome[]): string {
  const fitting = outcomes.filter(({ results }) => results.some(({ report }) => report.nativeEngine !== undefined));
  if (fitting.length === 0) return "";
  const reports = fitting.flatMap(({ results }) => results.map(({ report }) => report));
  const sizes = reports.map(({ nativeEngine }) => nativeEngine?.zippedBytes);
  const now = mib(reports.reduce((sum, { zippedBytes }) => sum + zippedBytes, 0));
  const then = sizes.reduce<number | undefined>(
    (sum, each) => (sum === undefined || each === undefined ? undefined : sum + each),
    0,
  );
  const labels = fitting.map(({ label }) => label);
  const some = labels.length > 3 ? `${labels.length} of ${outcomes.length} builds` : labels.join(", ");
  const what = outcomes.length === 1 ? "" : ` for ${some}`;
  const saved = then === undefined ? "" : `: about ${mib(then)} instead of ${now}`;
  return (
    `note: --engine native (experimental) would do as well${what}, as far as can be told without a run${saved}. ` +
    "It starts faster and computes slower: docs/engines.md\n"
  );
}

const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;

/** `0.42 s` */
export const seconds = (durationMs: number): string => `${(durationMs / 1000).toFixed(2)} s`;
