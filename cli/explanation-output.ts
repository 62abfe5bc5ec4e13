/** An explanation as a few aligned lines. */
import type { Explanation } from "../builder/index.ts";

const ways: Readonly<Record<Explanation["way"], string>> = {
  prebuilt: "a prebuilt engine with the bundle in it: nothing is compiled",
  go: "by Go's own compiler, for any architecture; C code in a dependency takes compilers of the platform",
  native: "by compilers of the platform itself",
  cross: "by compilers for another architecture, with the platform's own headers and libraries",
  emulated: "by compilers of the platform under qemu, about ten times slower",
};

/** One block for each build. */
export function formatExplanation(each: Explanation): string {
  const engine = each.engine === undefined ? "" : `, engine ${each.engine.name} ${each.engine.version}`;
  const rows: readonly (readonly [string, string])[] = [
    ["platform", `${each.platform}: runtime ${each.lambdaRuntime}, architecture ${each.architecture}`],
    ["project", each.project],
    ["toolchain", `${each.toolchain}${engine}`],
    ["site", `${each.site}: ${each.siteReason}`],
    ["compiled", ways[each.way]],
    ["images", each.images.length === 0 ? "none" : each.images.join(", ")],
    ["smoke run", each.smokeRun ? "yes, where the platform can run" : "no"],
    ["output", each.output],
  ];
  return rows.map(([name, value]) => `${name.padEnd(10)} ${value}\n`).join("");
}
