/**
 * A bundle for the `native` engine in several modules: what a function imports by `import()` is read when it comes to that, and
 * what nobody uses of its modules stays out.
 *
 * esbuild puts what two such modules share into a third one, which is evaluated before either, whatever stood before it in the
 * sources. Nobody sees that of clients of the AWS SDK; where other modules would be evaluated early, a bundle stays whole.
 */
import { basename, dirname } from "node:path";
import type { BuildOptions, BuildResult, Metafile } from "esbuild";
import { absentNamespace, engineNamespace, engineSpecifier, packageOf } from "./native-plugin.ts";

/** One of them. Specifiers in it are `./` and the name of another. */
export interface BundleModule {
  readonly name: string;
  readonly code: Uint8Array;
}

/** What is evaluated: globals are there before anything else is. */
const root = 'import "./bundle-globals.js";\nimport "./bundle-stdin.js";\n';

type SplitOptions = BuildOptions & { readonly metafile: true };

/** The options of a whole bundle, changed to those of one in modules. */
export function splitOptions({ outfile = "", ...options }: SplitOptions): SplitOptions {
  return {
    ...options,
    outdir: dirname(outfile),
    entryPoints: [{ in: engineSpecifier("globals"), out: "globals" }],
    entryNames: "bundle-[name]",
    chunkNames: "bundle-[hash]",
    splitting: true,
  };
}

/** The modules, the first of which is to be evaluated; undefined where their order would be another one than that of the sources. */
export function toModules({
  metafile,
  outputFiles = [],
}: BuildResult<{ metafile: true }>): readonly BundleModule[] | undefined {
  if (!keepsOrder(metafile)) return undefined;
  const modules = outputFiles.map(({ path, contents }) => ({ name: basename(path), code: contents }));
  return [{ name: "bundle.mjs", code: Buffer.from(root) }, ...modules.toSorted((a, b) => (a.name < b.name ? -1 : 1))];
}

const ours = new RegExp(`^(?:${engineNamespace}|runtime-aws-lambda):`);
const clients = /^@(?:aws|aws-crypto|aws-sdk|smithy)\//;

function keepsOrder({ inputs, outputs }: Metafile): boolean {
  const imports = Object.values(inputs).flatMap((each) => each.imports);
  // What `import()` gives of a CommonJS module is made in another way.
  const isEsm = ({ path }: { path: string }): boolean => inputs[path]?.format === "esm";
  const onDemand = imports.filter(({ kind }) => kind === "dynamic-import");
  if (!onDemand.every((each) => isEsm(each) || each.path.startsWith(absentNamespace))) return false;
  // Through a module that says it has no side effects esbuild imports it without evaluating it.
  const required = imports.filter(({ kind }) => kind === "require-call");
  if (required.some((each) => isEsm(each) && !ours.test(each.path))) return false;
  const harmless = findHarmless(inputs);
  // CommonJS is evaluated where it is required, wherever it stands.
  const canMove = (path: string): boolean => harmless.has(path) || inputs[path]?.format === "cjs";
  const shared = Object.values(outputs).filter(({ entryPoint }) => entryPoint === undefined);
  return shared.every((output) => Object.keys(output.inputs).every(canMove));
}

/** Files that may be evaluated earlier than it says in the sources: our own, those of the AWS SDK, and what only these import. */
function findHarmless(inputs: Metafile["inputs"]): ReadonlySet<string> {
  const importers = new Map<string, string[]>();
  for (const [importer, { imports }] of Object.entries(inputs)) {
    for (const { path } of imports) importers.set(path, [...(importers.get(path) ?? []), importer]);
  }
  const paths = Object.keys(inputs);
  const found = new Set(paths.filter((path) => ours.test(path) || clients.test(packageOf(path) ?? "")));
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const path of paths) {
      const by = importers.get(path) ?? [];
      if (by.length > 0 && by.every((importer) => found.has(importer))) found.add(path);
    }
  }
  return found;
}
