/** The table of docs/platforms.md, made from images/platforms.ts: `node test/docs/platform-table.ts` writes it anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { platforms } from "../../images/platforms.ts";

const path: string = fileURLToPath(new URL("../../docs/platforms.md", import.meta.url));
const [begin, end] = ["<!-- table: node test/docs/platform-table.ts -->", "<!-- end of table -->"];

/** The document with its table made anew. */
export function withPlatformTable(document: string): string {
  const rows: readonly (readonly [string, (facts: (typeof platforms)["al2-arm64"]) => string])[] = [
    ["Lambda runtime", ({ lambdaRuntime }) => `\`${lambdaRuntime}\``],
    ["architecture", ({ architecture }) => `\`${architecture}\``],
    ["dynamic linker", ({ interpreter }) => `\`${interpreter}\``],
    ["glibc", ({ symbolVersions }) => symbolVersions.GLIBC],
    ["libstdc++", ({ symbolVersions }) => `GLIBCXX_${symbolVersions.GLIBCXX}, CXXABI_${symbolVersions.CXXABI}`],
    ["libgcc", ({ symbolVersions }) => `GCC_${symbolVersions.GCC}`],
    ["engines", ({ imageFolder }) => (imageFolder === "al2" ? "Bun, native" : "Node.js, Bun, native")],
    ["deprecated", ({ deprecation }) => deprecation?.deprecatedOn ?? "–"],
    ["no new functions", ({ deprecation }) => deprecation?.blockCreateOn ?? "–"],
    ["no new code", ({ deprecation }) => deprecation?.blockUpdateOn ?? "–"],
  ];
  const all = Object.values(platforms);
  const lines = [
    `| | ${all.map(({ platform }) => `\`${platform}\``).join(" | ")} |`,
    `| --- |${" --- |".repeat(all.length)}`,
    ...rows.map(([name, value]) => `| ${name} | ${all.map((facts) => value(facts)).join(" | ")} |`),
  ];
  const [before = "", rest = ""] = document.split(begin);
  return `${before}${begin}\n\n${lines.join("\n")}\n\n${end}${rest.split(end)[1] ?? ""}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(path, withPlatformTable(readFileSync(path, "utf8")));
}
