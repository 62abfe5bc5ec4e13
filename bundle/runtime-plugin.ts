/**
 * Resolves `runtime-aws-lambda` to the runtime beside this part, always of this very version. Its files go through a
 * namespace of their own, so that nothing in a bundle shows where this package is installed: the same source gives the
 * same bytes on any machine. Stack traces name them `runtime-aws-lambda://runtime/run.js`.
 */
import { readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";

const namespace = "runtime-aws-lambda";
const runtimeFolder = fileURLToPath(new URL("../runtime", import.meta.url));
// The same folder layout holds in the sources (.ts) and in dist (.js).
const extension = extname(import.meta.url);

/** The runtime's index in the metafile of a bundle. */
export const runtimeIndexInput: string = `${namespace}://runtime/index${extension}`;

/** The plugin. */
export const runtimePlugin: Plugin = {
  name: "runtime",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^runtime-aws-lambda$/ }, () => ({ path: `//runtime/index${extension}`, namespace }));
    esbuild.onResolve({ filter: /^\.\//, namespace }, ({ path }) => ({
      path: `//runtime/${basename(path)}`,
      namespace,
    }));
    esbuild.onLoad({ filter: /.*/, namespace }, async ({ path }) => ({
      contents: await readFile(join(runtimeFolder, basename(path))),
      loader: extension === ".ts" ? "ts" : "js",
      resolveDir: runtimeFolder,
    }));
  },
};
