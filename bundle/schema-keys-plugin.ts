/**
 * Clients of the AWS SDK describe all operations of their service in one file, with constants as keys: `{ [_h]: ["GET", …] }`.
 * esbuild keeps what computes a key, since that could have an effect, and so every bundle would carry all of them. With the
 * strings in their places only those stay that the function calls.
 */
import type { Plugin } from "esbuild";
import { fileTransformPlugin } from "./file-transform-plugin.ts";

const schemaFile = /[\\/]dist-es[\\/](?:.*[\\/])?schemas[\\/]schemas_\d+\.js$/;

/** The plugin. */
export const schemaKeysPlugin: Plugin = fileTransformPlugin("schema-keys", schemaFile, withPlainKeys);

/** `const _h = "http"; … { [_h]: 1 }` → `… { "http": 1 }`, and nothing else. */
export function withPlainKeys(text: string): string {
  // A template may look like code and is none.
  if (text.includes("`")) return text;
  const declarations = text.matchAll(/^const (\w+) = ("[^"\\]*");$/gm);
  const strings = new Map([...declarations].map(([, name = "", value = ""]) => [name, value]));
  // Strings come first, so that nothing is looked for inside them.
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<=[{,]\s*)\[(\w+)\](?=:)/g, (found, name?: string) => {
    const value = name === undefined ? undefined : strings.get(name);
    // As a plain key this one would set the prototype.
    return value === undefined || value === '"__proto__"' ? found : value;
  });
}
