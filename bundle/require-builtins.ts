/** Node.js modules of a classic script, which cannot contain import statements. */
import { isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

/** Replaces import statements of Node.js modules by a call. */
export const requireBuiltins: Plugin = {
  name: "require-builtins",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^[a-z_][a-z0-9_:/]*$/ }, ({ path }) =>
      isBuiltin(path) ? { path, namespace: "builtin" } : undefined,
    );
    esbuild.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};
