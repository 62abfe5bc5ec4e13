/** The generated first module of a bundle, which joins the runtime and the user's source. */

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
    'import { runHandlerModule } from "runtime-aws-lambda";',
    `runHandlerModule(() => import(${source}), ${JSON.stringify(exportName)});`,
    "",
  ].join("\n");
}
