/** An explanation as a few aligned lines. */
import type { ExplainedImage, Explanation } from "../builder/index.ts";

const ways: Readonly<Record<Explanation["way"], string>> = {
  prebuilt: "a prebuilt engine with the bundle in it: nothing is compiled",
  go: "by Go's own compiler, for any architecture; C code in a dependency takes compilers of the platform",
  native: "by compilers of the platform itself",
  cross: "by compilers for another architecture, with the platform's own headers and libraries",
  emulated: "by compilers of the platform under qemu, about ten times slower",
};

function imageRow({ name, reference, exists }: ExplainedImage, index: number): readonly [string, string] {
  return [index === 0 ? "images" : "", `${reference ?? name}, ${exists ? "there" : "to be built"}`];
}

/** One block for each build. */
export function formatExplanation(each: Explanation): string {
  const engine = each.engine === undefined ? "" : `, engine ${each.engine.name} ${each.engine.version}`;
  const how = each.detectedBy === undefined ? "as asked for" : `detected by ${each.detectedBy}`;
  const rows: readonly (readonly [string, string])[] = [
    ["platform", `${each.platform}: runtime ${each.lambdaRuntime}, architecture ${each.architecture}`],
    ["project", each.project],
    ["toolchain", `${each.toolchain}, ${how}${engine}`],
    ["site", `${each.site}: ${each.siteReason}`],
    ["compiled", ways[each.way]],
    ...(each.images.length === 0 ? [["images", "none"] as const] : each.images.map(imageRow)),
    ["smoke run", each.smokeRun ? "yes, where the platform can run" : "no"],
    ["output", each.output],
  ];
  return rows.map(([name, value]) => `${name.padEnd(10)} ${value}\n`).join("");
}
