/**
 * Packages that stay outside of the bundle: those that were asked for, and those with a native addon, which no bundle can
 * hold. The bundle loads them from node_modules when it runs.
 */
import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";
import { findPnpPackage } from "./pnp-package.ts";

/** A package that the bundle loads when it runs. */
export interface ExternalPackage {
  readonly name: string;
  /** Where it is on this machine; undefined when it is not installed. */
  readonly folder: string | undefined;
  /** Whether it has a native addon, which makes it external without being asked for. */
  readonly isNative: boolean;
}

/** Options of {@link externalPlugin}. */
export interface ExternalOptions {
  /** Names of packages. */
  readonly names: readonly string[];
  /** From where they are loaded: the folder of the executable, or that of the source. */
  readonly from: "executable" | { readonly source: string };
  /** Called once for each package that is left out. */
  readonly onExternal: (external: ExternalPackage) => void;
}

const namespace = "external-package";

/** The plugin. */
export function externalPlugin({ names, from, onExternal }: ExternalOptions): Plugin {
  const base = from === "executable" ? "process.execPath" : JSON.stringify(from.source);
  const known = new Map<string, ExternalPackage | undefined>();
  const find = (name: string, folder: string): ExternalPackage | undefined => {
    const key = `${name} ${folder}`;
    if (!known.has(key)) {
      const found = findPackage(name, folder) ?? findPnpPackage(name, folder);
      const isNative = found !== undefined && hasAddon(found);
      const external = isNative || names.includes(name) ? { name, folder: found, isNative } : undefined;
      if (external !== undefined) onExternal(external);
      known.set(key, external);
    }
    return known.get(key);
  };
  return {
    name: "external",
    setup(esbuild) {
      esbuild.onResolve({ filter: /^[@a-zA-Z0-9_]/ }, ({ path, resolveDir, namespace: importer }) => {
        if (importer !== "file" && importer !== "" && importer !== namespace) return undefined;
        if (isBuiltin(path) || path === "runtime-aws-lambda") return undefined;
        return find(packageName(path), resolveDir) === undefined ? undefined : { path, namespace };
      });
      esbuild.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
        contents: `module.exports = process.getBuiltinModule("node:module").createRequire(${base})(${JSON.stringify(path)});`,
        loader: "js",
      }));
      esbuild.onLoad({ filter: /\.node$/ }, ({ path }) => ({
        errors: [
          {
            text: `${path} is a native addon: no bundle can hold it`,
            notes: [
              { text: "Put it into a package in node_modules: packages with addons are packed beside the bootstrap" },
            ],
          },
        ],
      }));
    },
  };
}

/** `@scope/name/lib/a.js` → `@scope/name` */
function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Node.js's own search: node_modules of the folder, then of each above it. */
function findPackage(name: string, folder: string): string | undefined {
  const candidate = join(folder, "node_modules", name);
  if (existsSync(join(candidate, "package.json"))) return candidate;
  const parent = dirname(folder);
  return parent === folder ? undefined : findPackage(name, parent);
}

/** By what node-gyp, node-pre-gyp, prebuildify and napi-rs leave in a package that they make addons for. */
function hasAddon(folder: string): boolean {
  // One of Yarn's archives.
  if (!existsSync(join(folder, "package.json"))) return false;
  if (existsSync(join(folder, "binding.gyp")) || existsSync(join(folder, "prebuilds"))) return true;
  const { gypfile, napi, binary } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly gypfile?: unknown;
    readonly napi?: unknown;
    readonly binary?: unknown;
  };
  return gypfile === true || typeof napi === "object" || typeof binary === "object";
}
