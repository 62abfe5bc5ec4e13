/**
 * Members of Node.js's modules that sources name and the `native` engine does not have: `fs.watch`, where `fs` is the module as
 * a whole. Imports of single names are esbuild's business; of these only the text tells, and not whether they are reached.
 */
import { readFile } from "node:fs/promises";
import { moduleExports, moduleFile } from "./native-plugin.ts";

/** `import fs from "node:fs"`, `import * as fs from "fs"`, `import fs, { … } from "fs"` */
const imported = /\bimport\s+(?:\*\s*as\s+)?([\w$]+)\s*(?:,\s*\{[^}]*\}\s*)?from\s*["'](?:node:)?([\w/]+)["']/g;
/** `const fs = require("fs")`, `await import("fs")`, and as TypeScript writes it, `__importStar(require("fs"))` */
const required =
  /\b(?:const|let|var)\s+([\w$]+)\s*=\s*(?:await\s+import|(?:[\w$.]+\()?require)\(\s*["'](?:node:)?([\w/]+)["']\s*\)/g;
/** Objects that have more than their module exports. */
const globals: readonly string[] = ["console", "process"];
/** Of every function, which some modules are. */
const ofFunctions: readonly string[] = ["length", "name", "prototype"];

/**
 * Looks into a function's own files.
 *
 * @param inputs their paths
 * @returns such as `node:fs has no watch`
 */
export async function absentMembers(inputs: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const text of await Promise.all(inputs.map((each) => readFile(each, "utf8")))) {
    for (const [, local = "", module = ""] of [...text.matchAll(imported), ...text.matchAll(required)]) {
      const file = moduleFile(module);
      if (file === undefined || globals.includes(module)) continue;
      // oxlint-disable-next-line no-await-in-loop -- few, and small
      const exported = await moduleExports(file);
      const ofNode = process.getBuiltinModule(module) as object;
      for (const member of membersOf(local, text)) {
        const isKnown = exported.has(member) || ofFunctions.includes(member);
        if (!isKnown && Object.hasOwn(ofNode, member)) found.add(`node:${module} has no ${member}`);
      }
    }
  }
  return [...found];
}

function membersOf(local: string, text: string): readonly string[] {
  const pattern = new RegExp(`(?<![\\w$.])${local.replaceAll("$", "\\$")}(?:\\.default)?\\.([A-Za-z_$][\\w$]*)`, "g");
  return [...text.matchAll(pattern)].map(([, member = ""]) => member);
}
