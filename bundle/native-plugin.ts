/**
 * Bundles for the `native` engine: `node:` modules become files of `engine/modules`, and what those take from npm comes
 * from this package's own dependencies. All of it goes through a namespace, like the runtime's files: the same source
 * gives the same bytes on any machine. What is not there is left to the compatibility gate.
 */
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { basename, dirname, extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { OnResolveResult, Plugin } from "esbuild";
import { deferredTablesPlugin, withDeferredTables } from "./deferred-tables-plugin.ts";
import { schemaKeysPlugin } from "./schema-keys-plugin.ts";

/** Of the engine's own modules. */
export const engineNamespace: string = "runtime-aws-lambda-engine";
const namespace = engineNamespace;
/** Builtins that are not there; the bundle throws where it loads one. */
export const absentNamespace: string = "runtime-aws-lambda-absent";
const folder = fileURLToPath(new URL("../engine/modules", import.meta.url));
const extension = extname(import.meta.url);
/** Modules whose `require` gives another value than their exports. */
const callable: Readonly<Record<string, string>> = {
  assert: "default",
  "builtin-console": "default",
  "builtin-process": "default",
  events: "EventEmitter",
  stream: "Stream",
};
/** Modules whose file has another name, since one of theirs belongs to the global. */
const renamed: Readonly<Record<string, string>> = { console: "builtin-console", process: "builtin-process" };

/**
 * Modules that a package imports for something that functions on Lambda have no use for: HTTP/2, which few services ask for,
 * credentials of programs and of `aws login`, and pino's transports in threads. There they fail when they are used.
 */
const unusedBy: Readonly<Record<string, string>> = {
  axios: "http2",
  "@smithy/node-http-handler": "http2",
  "@aws-sdk/credential-provider-process": "child_process",
  "@aws-sdk/credential-provider-login": "crypto",
  "thread-stream": "worker_threads",
};
const unusedNamespace = "runtime-aws-lambda-unused";

/** How the entry of a bundle names a file of the engine. */
export function engineSpecifier(file: string): string {
  return `${namespace}:${file}`;
}

/** `fs/promises` → `fs-promises`, `string_decoder` → `string-decoder` */
export function moduleFile(builtin: string): string | undefined {
  const plain = builtin.replace(/^node:/, "").replaceAll(/[/_]/g, "-");
  const name = renamed[plain] ?? plain;
  return internal.has(name) || !existsSync(join(folder, `${name}${extension}`)) ? undefined : name;
}

/** Names that a module of the engine exports. They stand in its text in four ways, and `export *` is none of them. */
export async function moduleExports(name: string): Promise<ReadonlySet<string>> {
  const text = await readFile(join(folder, `${name}${extension}`), "utf8");
  const declared = text.matchAll(/^export (?:async function\*?|function\*?|class|const|let|var) (\w+)/gm);
  const listed = [...text.matchAll(/^export (?:const|let|var)? ?\{([^}]*)\}/gm)].flatMap(([, list = ""]) =>
    list.split(","),
  );
  const names = listed.map((each) => /(\w+)\s*$/.exec(each)?.[1] ?? "");
  return new Set([...[...declared].map(([, each = ""]) => each), ...names].filter((each) => each !== ""));
}

/** Files of the folder that are no module of Node.js. */
const internal: ReadonlySet<string> = new Set([
  "argument-errors",
  "as-buffer",
  "base64",
  "bytes-like",
  "channel",
  "check-number",
  "content-encoding",
  "crc32",
  "crypto-arguments",
  "crypto-key",
  "der",
  "encoding",
  "error-stack",
  "event-loop",
  "event-target",
  "fetch",
  "fetch-body",
  "fetch-headers",
  "globals",
  "http-agent",
  "http-client",
  "http-parser",
  "inspect",
  "key-object",
  "native",
  "public-key",
  "signatures",
  "standard-stream",
  "structured-clone",
  "subtle-crypto",
  "tracing-channel",
  "url-class",
  "url-format",
  "url-search-params",
  "web-crypto",
  "zlib-codec",
  "zlib-constants",
  "zlib-functions",
  "zlib-options",
  "zlib-streams",
]);

/** Those that are left out, with what they import, where nobody takes anything of them. */
const pure: ReadonlySet<string> = new Set([
  "check-number",
  "der",
  "public-key",
  "signatures",
  "subtle-crypto",
  "tracing-channel",
  "url-format",
  "zlib-codec",
  "zlib-constants",
  "zlib-functions",
  "zlib-options",
  "zlib-streams",
]);

const nativePlugin: Plugin = {
  name: "native",
  setup(esbuild) {
    esbuild.onResolve({ filter: new RegExp(`^${namespace}:`) }, ({ path: specifier }) => {
      const path = specifier.slice(namespace.length + 1);
      return { path: path.includes("/") ? path : `own/${path}${extension}`, namespace };
    });
    esbuild.onResolve({ filter: /^[a-z_][a-z0-9_:/]*$/ }, ({ path, importer, kind }) => {
      if (!isBuiltin(path)) return undefined;
      const name = moduleFile(path);
      const plain = path.replace(/^node:/, "");
      // What stands in for streams asks for Node.js's own, to prefer them.
      if (plain === "stream" && importer.startsWith("npm/readable-stream/")) return { path: "none", namespace };
      // Those of ours are not called free of side effects: who requires one, and who imports it, both need it evaluated.
      const isUnused = unusedBy[packageOf(importer) ?? ""] === plain;
      return isUnused || name === undefined
        ? { path: plain, namespace: isUnused ? unusedNamespace : absentNamespace, sideEffects: false }
        : {
            path: `${kind === "require-call" && name in callable ? "cjs" : "builtin"}/${name}`,
            namespace,
          };
    });
    esbuild.onResolve({ filter: /.*/, namespace }, async (request): Promise<OnResolveResult> => {
      const { path, importer, kind, pluginData } = request;
      if (importer.startsWith("own/") && path.startsWith("./")) {
        const sideEffects = !pure.has(basename(path, extension));
        return { path: `own/${basename(path)}`, namespace, sideEffects };
      }
      if (/^(builtin|cjs|global|provide)\//.test(importer)) return { path: `own/${basename(path)}`, namespace };
      // Asked for where there is no such global.
      if (path === "abort-controller") return { path: "none", namespace };
      // Packages, and files inside of them.
      const resolveDir = (pluginData as { folder?: string } | undefined)?.folder ?? folder;
      const found = await esbuild.resolve(path, { kind, resolveDir, importer: "", namespace: "file" });
      if (found.errors.length > 0) return { errors: found.errors };
      return {
        path: `npm/${withoutMachine(found.path)}`,
        namespace,
        pluginData: { file: found.path, folder: dirname(found.path) },
      };
    });
    esbuild.onLoad({ filter: /^own\//, namespace }, async ({ path }) => ({
      contents: await readFile(join(folder, basename(path))),
      loader: extension === ".ts" ? "ts" : "js",
    }));
    esbuild.onLoad({ filter: /^builtin\//, namespace }, ({ path }) => {
      const name = path.slice("builtin/".length);
      const specifier = JSON.stringify(`./${name}${extension}`);
      const whole = callable[name] === undefined ? "all" : `all.${callable[name]}`;
      const lines = [`export * from ${specifier};`, `import * as all from ${specifier};`, `export default ${whole};`];
      return { contents: lines.join("\n"), loader: "js" };
    });
    // What `require` gives, which is more than the exports.
    esbuild.onLoad({ filter: /^cjs\//, namespace }, ({ path }) => {
      const name = path.slice("cjs/".length);
      const lines = [
        `const all = require("./${name}${extension}"), whole = all.${callable[name]};`,
        `for (const each in all) if (!(each in whole)) whole[each] = all[each];`,
        `module.exports = whole;`,
      ];
      return { contents: lines.join("\n"), loader: "js" };
    });
    esbuild.onLoad({ filter: /^none$/, namespace }, () => ({ contents: "module.exports = {};", loader: "js" }));
    // `global/url/URL`: the export of that file becomes a global.
    esbuild.onLoad({ filter: /^global\//, namespace }, ({ path }) => {
      const [, file, name] = path.split("/");
      const imports = `import { provideGlobal } from "./globals${extension}"; import { ${name} } from "./${file}${extension}";`;
      return { contents: `${imports}\nprovideGlobal("${name}", ${name});`, loader: "js" };
    });
    // `provide/fs/promises`: evaluated when `process.getBuiltinModule` is asked for it.
    esbuild.onLoad({ filter: /^provide\//, namespace }, ({ path }) => {
      const name = path.slice("provide/".length);
      const imports = `import { provideBuiltinModule } from "./process${extension}";`;
      return { contents: `${imports}\nprovideBuiltinModule("${name}", () => require("node:${name}"));`, loader: "js" };
    });
    esbuild.onLoad({ filter: /^npm\//, namespace }, async ({ pluginData }) => {
      const { file, folder: resolveFolder } = pluginData as { readonly file: string; readonly folder: string };
      const contents = withDeferredTables(await readFile(file, "utf8"));
      return { contents, loader: "js", pluginData: { folder: resolveFolder } };
    });
    esbuild.onLoad({ filter: /.*/, namespace: unusedNamespace }, ({ path }) => ({
      contents: `const fail = () => { throw new Error("The native engine has no module node:${path}"); };
        module.exports = new Proxy({}, { get: (_target, name) => (name === "__esModule" ? undefined : fail) });`,
      loader: "js",
    }));
    esbuild.onLoad({ filter: /.*/, namespace: absentNamespace }, ({ path }) => ({
      contents: `throw Object.assign(new Error("The native engine has no module node:${path}"), { code: "MODULE_NOT_FOUND" });`,
      loader: "js",
    }));
  },
};

/** All that such a bundle takes. */
export const nativePlugins: readonly Plugin[] = [nativePlugin, schemaKeysPlugin, deferredTablesPlugin];

/** `../node_modules/@scope/name/lib/a.js` → `@scope/name` */
export function packageOf(path: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
}

/** `…/node_modules/buffer/index.js` → `buffer/index.js` */
function withoutMachine(path: string): string {
  const parts = path.split(sep);
  const last = parts.lastIndexOf("node_modules");
  return last < 0 ? relative(folder, path) : parts.slice(last + 1).join("/");
}
