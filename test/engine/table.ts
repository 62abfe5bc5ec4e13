/** What the native engine has of Node.js, told by the engine itself. Run by itself it writes the tables of docs/engines.md. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleFunction } from "../../bundle/index.ts";
import { moduleFile } from "../../bundle/native-plugin.ts";
import { globalFiles } from "../../bundle/native-entry.ts";
import { runNative } from "../support/native-engine.ts";

const docs = fileURLToPath(new URL("../../docs/engines.md", import.meta.url));
const begin = "<!-- modules: node test/engine/table.ts -->";
const end = "<!-- end of modules -->";

/** What it has: exports by module, and globals. */
export interface EngineTable {
  readonly modules: Readonly<Record<string, readonly string[]>>;
  readonly globals: readonly string[];
}

/** Asks the engine: a program that imports every module and names every global. */
export async function askEngine(): Promise<EngineTable> {
  const names = builtinModules.filter((name) => !name.startsWith("_") && moduleFile(name) !== undefined).toSorted();
  const lines = [
    `import "runtime-aws-lambda";`,
    ...names.map((name, index) => `import * as module${index} from "node:${name}";`),
    `const modules = { ${names.map((name, index) => `"${name}": Object.keys(module${index}).filter((each) => !/^(default|module\\.exports)$/.test(each))`).join(", ")} };`,
    `void [${Object.keys(globalFiles).join(", ")}];`,
    `console.log(JSON.stringify({ modules, globals: Object.getOwnPropertyNames(globalThis) }));`,
  ];
  const folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-table-"));
  try {
    const source = join(folder, "table.mjs");
    writeFileSync(source, lines.join("\n"));
    const { code } = await bundleFunction({ source, format: "native" });
    const file = join(folder, "bundle.mjs");
    writeFileSync(file, code);
    const { stdout, stderr } = await runNative(file);
    if (stderr !== "") throw new Error(stderr);
    return JSON.parse(stdout) as EngineTable;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The document with the tables of this engine. */
export function withTables(document: string, { modules }: EngineTable): string {
  const rows = Object.entries(modules).map(
    ([name, exports]) =>
      `| \`node:${name}\` | ${exports
        .toSorted()
        .map((each) => `\`${each}\``)
        .join(" ")} |`,
  );
  const [before, rest = ""] = document.split(begin);
  const table = ["| module | exports |", "| --- | --- |", ...rows].join("\n");
  return `${before}${begin}\n\n${table}\n\n${end}${rest.split(end)[1] ?? ""}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(docs, withTables(readFileSync(docs, "utf8"), await askEngine()));
}
