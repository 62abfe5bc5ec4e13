import { expect, test } from "vitest";
import type { BuildReport } from "../../builder/index.ts";
import { formatAlternative } from "../../cli/build-report-output.ts";
import type { BuildOutcome } from "../../cli/reporter.ts";

const mib = 1_048_576;

/** A build of an archive of 40 MiB, of which the native engine would make one of so many, or one that nobody has measured. */
function outcome(label: string, nativeMib: number | "not measured" | "no"): BuildOutcome {
  const report: BuildReport = {
    platform: "al2-x86_64",
    site: "host",
    toolchain: "typescript",
    glibcOfPlatform: "2.26",
    libraries: [],
    unzippedBytes: 100 * mib,
    zippedBytes: 40 * mib,
    sha256: "",
    limits: { zippedBytes: 50 * mib, unzippedBytes: 250 * mib },
    smokeRun: { status: "answered", detail: "" },
    steps: [],
    ...(nativeMib === "no"
      ? {}
      : { nativeEngine: nativeMib === "not measured" ? {} : { zippedBytes: nativeMib * mib } }),
  };
  return { label, results: [{ platform: "al2-x86_64", zipPath: "", sizeBytes: 40 * mib, report }], error: undefined };
}

const failed: BuildOutcome = { label: "broken", results: [], error: new Error("no") };

test.each([
  ["one", [outcome("a", 1.5)], "as well, as far as can be told without a run: about 1.5 MiB instead of 40.0 MiB. It"],
  ["one that nobody has measured", [outcome("a", "not measured")], "as well, as far as can be told without a run. It"],
  [
    "two of three",
    [outcome("a", 1.5), outcome("b", "no"), outcome("c", 2)],
    "as well for a, c, as far as can be told without a run: about 3.5 MiB instead of 80.0 MiB. It",
  ],
  [
    "one of them not measured",
    [outcome("a", 1.5), outcome("b", "not measured")],
    "for a, b, as far as can be told without a run. It",
  ],
  ["many", ["a", "b", "c", "d"].map((each) => outcome(each, 1)), "as well for 4 of 4 builds, as far"],
  ["beside a failure", [outcome("a", 1), failed], "as well for a, as far"],
] as const)("%s", (_case, outcomes, words) => {
  const line = formatAlternative(outcomes);
  expect(line).toMatch(/^note: --engine native \(experimental\) would do .*\n$/);
  expect(line).toContain(words);
});

test("none", () => {
  expect(formatAlternative([outcome("a", "no"), failed])).toBe("");
});
