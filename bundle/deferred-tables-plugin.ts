/**
 * Packages compute tables when they are loaded, of 256 hexadecimal numbers for example, which many functions never look at: a
 * twelfth of the start of a client of the AWS SDK. Here a table is computed by the first who looks at it.
 */
import type { Plugin } from "esbuild";
import { fileTransformPlugin } from "./file-transform-plugin.ts";

const filesWithTables = /[\\/](?:dist-es[\\/].*(?:Crc32Js|hex-encoding|v4)|uuid[\\/]dist[\\/].*stringify)\.js$/;

/** The plugin, for the files of which it is known that they have any. */
export const deferredTablesPlugin: Plugin = fileTransformPlugin("deferred-tables", filesWithTables, withDeferredTables);

/** Empty ones with the loop that fills them, or what computes one; a statement ends where a line is not indented. */
const tables =
  /^(?:(?:const \w+ = (?:\{\}|\[\]|new Uint\d+Array\(\d+\));\n)+for \(let .*\{\n(?:[ \t].*\n)+\}|const \w+ = (?:Array\.from\(\{ length: \d+ \}, .*\)|\(function \(\) \{\n(?:[ \t].*\n)+\}\)\(\));?)\n(?!\s*[.[(`])/gm;

/** What may stand in their computation, beside what it declares: it is the same at any time. */
const lasting = new Set("const let for if else function return new Array String Uint8Array Uint32Array".split(" "));

/**
 * `const t = []; for (…) { … } … t[1]` → `let __table0; const __makeTable0 = () => { …; return { t }; }; …
 * (__table0 ??= __makeTable0()).t[1]`. Lines stay where they are. Tables that are used in any other way stay as well.
 */
export function withDeferredTables(text: string): string {
  if (text.includes("__table")) return text;
  let result = text;
  for (const [index, [block]] of [...text.matchAll(tables)].entries()) {
    const names = [...block.matchAll(/^const (\w+)/gm)].map(([, name = ""]) => name);
    const [before = "", behind = "", ...others] = result.split(block);
    if (others.length > 0 || !isLasting(block) || !names.every((name) => isOnlyLookedUp(name, before + behind)))
      continue;
    const [table, make] = [`__table${index}`, `__makeTable${index}`];
    const deferred = `let ${table}; const ${make} = () => { ${block.trimEnd()}; return { ${names.join(", ")} }; };\n`;
    const lookUp = (part: string): string =>
      names.reduce((each, name) => each.replaceAll(lookUps(name), `(${table} ??= ${make}()).${name}`), part);
    result = lookUp(before) + deferred + lookUp(behind);
  }
  return result;
}

function isLasting(block: string): boolean {
  const declared = [...block.matchAll(/(?:const|let) (\w+)|\(([\w, ]+)\) =>/g)].flatMap(([, name, parameters]) =>
    (name ?? parameters ?? "").split(", "),
  );
  // Of a template what it computes.
  const code = block
    .replaceAll(/`[^`]*`/g, (template) => [...template.matchAll(/\$\{(.*?)\}/g)].map(([, each]) => each).join(" "))
    .replaceAll(/(["'])(?:\\.|(?!\1).)*\1/g, "");
  const words = code.matchAll(/(?<![.\w$])[a-z_$][\w$]*(?!\w*:)/gi);
  return [...words].every(([word]) => lasting.has(word) || declared.includes(word));
}

/** `t[…]` and `… in t` */
function lookUps(name: string): RegExp {
  return new RegExp(`(?<![.\\w$])${name}(?=\\[)|(?<= in )${name}(?![\\w$])`, "g");
}

function isOnlyLookedUp(name: string, text: string): boolean {
  const mentions = new RegExp(`(?<![\\w$])${name}(?![\\w$])`, "g");
  const elsewhere = text.match(/`[^`]*`|"[^"\n]*"|'[^'\n]*'|\/\/.*|\/\*[^]*?\*\/|\/[^/\n]+\//g) ?? [];
  // Behind a line that may go on, a parenthesis would be a call.
  const isCalled = new RegExp(`[\\w$)\\]}"'\`]\\s*\\n\\s*${name}\\[`).test(text);
  return (
    !isCalled &&
    elsewhere.every((each) => each.match(mentions) === null) &&
    text.match(mentions)?.length === text.match(lookUps(name))?.length
  );
}
