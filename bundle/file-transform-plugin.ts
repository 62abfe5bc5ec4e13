/** An esbuild plugin that changes the text of some files of packages. */
import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

/** @param filter of the paths; no other plugin may load them */
export function fileTransformPlugin(name: string, filter: RegExp, transform: (text: string) => string): Plugin {
  return {
    name,
    setup(esbuild) {
      esbuild.onLoad({ filter, namespace: "file" }, async ({ path }) => {
        try {
          return { contents: transform(await readFile(path, "utf8")), loader: "js" };
        } catch {
          // In an archive of Yarn's, which esbuild can read.
          return undefined;
        }
      });
    },
  };
}
