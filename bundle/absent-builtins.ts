/** Modules of Node.js that a bundle needs and the `native` engine does not have, and who needs them. */
import type { Metafile } from "esbuild";
import { absentNamespace, packageOf } from "./native-plugin.ts";

/** One of them. */
export interface AbsentBuiltin {
  /** Without `node:`. */
  readonly name: string;
  /** From the handler module to the file that imports it. */
  readonly chain: readonly string[];
  /** Of that file; undefined for the project's own. */
  readonly packageName: string | undefined;
  /** Whether it is loaded as soon as that file is, and not by an `import()` that may never run. */
  readonly isCertain: boolean;
}

const prefix = `${absentNamespace}:`;

/** Reads them from what esbuild says of a bundle: only what got into it counts. */
export function absentBuiltins({ inputs, outputs }: Metafile): readonly AbsentBuiltin[] {
  const output = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined);
  const needed = Object.entries(output?.inputs ?? {}).filter(
    ([path, { bytesInOutput }]) => path.startsWith(prefix) && bytesInOutput > 0,
  );
  const chains = importChains(inputs, output?.entryPoint ?? "");
  return needed.flatMap(([path]) => {
    const whole = chains.get(path);
    if (whole === undefined) return [];
    const chain = whole.filter((each) => each !== path && !each.endsWith("runtime-aws-lambda-entry.js"));
    const importer = chain.at(-1) ?? "";
    const kinds = inputs[importer]?.imports.filter((each) => each.path === path).map(({ kind }) => kind) ?? [];
    const isCertain = kinds.some((kind) => kind !== "dynamic-import");
    return [{ name: path.slice(prefix.length), chain, packageName: packageOf(importer), isCertain }];
  });
}

/** The shortest way from the entry to each file. */
function importChains(inputs: Metafile["inputs"], entry: string): ReadonlyMap<string, readonly string[]> {
  const chains = new Map<string, readonly string[]>([[entry, [entry]]]);
  // A map is iterated in the order of insertion, also what is added meanwhile: breadth first.
  for (const [file, chain] of chains) {
    for (const { path } of inputs[file]?.imports ?? []) {
      if (!chains.has(path)) chains.set(path, [...chain, path]);
    }
  }
  return chains;
}
