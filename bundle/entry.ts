/** The generated first module of a bundle: it joins the runtime and the user's source. */
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

// The same folder layout holds in the sources (.ts) and in dist (.js).
const runtimeFile = (name: string): string =>
  fileURLToPath(new URL(`../runtime/${name}${extname(import.meta.url)}`, import.meta.url));

/** Where a bundled `import … from "runtime-aws-lambda"` leads: always to this very version. */
export const runtimeIndexPath: string = runtimeFile("index");

/**
 * The source text of the entry.
 *
 * A handler module is imported inside the initialiser, so that whatever it throws while loading becomes a reported init
 * error. A program runs its runtime itself and is only imported. Neither is awaited: a rejection ends the process.
 */
export function entryContents(kind: "handler" | "program", sourcePath: string, exportName: string): string {
  const source = JSON.stringify(sourcePath);
  if (kind === "program") return `import ${source};\n`;
  return [
    `import { runHandlerModule } from ${JSON.stringify(runtimeFile("handler-module"))};`,
    `runHandlerModule(() => import(${source}), ${JSON.stringify(exportName)});`,
    "",
  ].join("\n");
}
