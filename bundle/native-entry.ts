/** What a bundle for the `native` engine begins with: as much of Node.js as it asks for. */
import { readFile } from "node:fs/promises";
import { engineSpecifier, moduleFile } from "./native-plugin.ts";

/** What a bundle asks for without an import. */
export interface NativeNeeds {
  /** Modules that `process.getBuiltinModule` has to give. */
  readonly modules: readonly string[];
  /** Names of globals. */
  readonly globals: readonly string[];
  /** Whether contexts follow its asynchronous calls, which takes another kind of code. */
  readonly followsAsync: boolean;
}

/** Taken by the runtime's log and its standard output, in every function. */
const always: readonly string[] = ["util", "fs"];
/** Taken by `runtime/source-map.ts`. */
const forSourceMaps: readonly string[] = ["module", "url"];

/** Globals that only bundles that name them get, by the file of the engine that exports them. */
export const globalFiles: Readonly<Record<string, string>> = {
  crypto: "web-crypto",
  CryptoKey: "web-crypto",
  fetch: "fetch",
  Headers: "fetch",
  Request: "fetch",
  Response: "fetch",
  structuredClone: "structured-clone",
  URL: "url",
  URLSearchParams: "url",
};

/**
 * Looks into the function's own files: imports show in what esbuild says, these do not.
 *
 * @param inputs their paths
 */
export async function nativeNeeds(inputs: readonly string[], hasSourceMap: boolean): Promise<NativeNeeds> {
  const modules = new Set([...always, ...(hasSourceMap ? forSourceMaps : [])]);
  const globals = new Set(hasSourceMap ? ["URL"] : []);
  let followsAsync = false;
  for (const text of await Promise.all(inputs.map((each) => readFile(each, "utf8")))) {
    // Streams are large: both load them when they are called.
    if (/\b(streamifyResponse|createReadStream)\b/.test(text)) modules.add("stream");
    for (const [, name = ""] of text.matchAll(/\bgetBuiltinModule\(\s*["'](?:node:)?([\w/]+)["']/g)) modules.add(name);
    for (const name of Object.keys(globalFiles)) {
      if (new RegExp(`\\b${name}\\b`).test(text)) globals.add(name);
    }
    followsAsync ||= /["'](?:node:)?async_hooks["']/.test(text);
  }
  return {
    modules: [...modules].filter((name) => moduleFile(name) !== undefined),
    globals: [...globals],
    followsAsync,
  };
}

/** In front of the entry: modules that are evaluated before any of the function's own, so that those find everything. */
export function nativePrologue({ modules, globals }: NativeNeeds): string {
  const specifiers = [
    "globals",
    ...globals.map((name) => `global/${globalFiles[name]}/${name}`),
    ...modules.map((name) => `provide/${name}`),
  ];
  return specifiers.map((each) => `import ${JSON.stringify(engineSpecifier(each))};\n`).join("");
}
