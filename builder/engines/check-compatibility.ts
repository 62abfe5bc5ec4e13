/** Whether the native engine can run a bundle, as far as the bundle tells: what it lacks is refused by name. */
import type { AbsentBuiltin, Bundle } from "../../bundle/index.ts";
import { BuilderError } from "../errors.ts";

/**
 * Checks the modules of Node.js that the bundle needs. Exports that one of them lacks have been refused by the bundler.
 *
 * @param onWarning for modules and globals that may never be used
 * @throws BuilderError `ENGINE_LACKS_MODULE`
 */
export function checkCompatibility(
  { absentBuiltins, absentGlobals, externals }: Pick<Bundle, "absentBuiltins" | "absentGlobals" | "externals">,
  onWarning: (message: string) => void,
): void {
  const [external] = externals;
  if (external !== undefined) {
    const why = external.isNative ? "has a native addon" : "is left out of the bundle";
    throw new BuilderError(
      "ENGINE_LACKS_MODULE",
      `The package ${external.name} ${why}, and the native engine loads nothing that is not in the bundle`,
      { hint },
    );
  }
  if (absentGlobals.length > 0) {
    onWarning(`The native engine does not have these globals, which the bundle names: ${absentGlobals.join(", ")}`);
  }
  const certain = absentBuiltins.filter(({ isCertain }) => isCertain);
  for (const each of absentBuiltins) {
    if (!each.isCertain) onWarning(`Where it is loaded the function will fail: ${describe(each)}`);
  }
  if (certain.length === 0) return;
  throw new BuilderError("ENGINE_LACKS_MODULE", certain.map(describe).join("\n"), { hint });
}

const hint = "docs/engines.md lists what the native engine has. Take another engine: --engine bun";

function describe({ name, packageName, chain }: AbsentBuiltin): string {
  const importer = packageName === undefined ? "the function itself" : `the package ${packageName}`;
  return `The native engine has no module node:${name}, which ${importer} imports (${chain.join(" → ")})`;
}
