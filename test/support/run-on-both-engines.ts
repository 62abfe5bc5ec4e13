/** Runs one program on Node.js and on the native engine. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundleFunction } from "../../bundle/index.ts";
import { runNative, type NativeRun } from "./native-engine.ts";
import { repositoryFolder } from "./run-command.ts";

/**
 * @param name of a file below `test/fixtures/engine/`
 * @param variables Its environment has these alone, and PATH.
 */
export async function runOnBothEngines(
  name: string,
  folder: string,
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly node: string; readonly native: NativeRun }> {
  const program = `${repositoryFolder}test/fixtures/engine/${name}`;
  const source = join(folder, "program.mjs");
  // Without a runtime to import it would be taken for a handler.
  writeFileSync(source, `import "runtime-aws-lambda";\nimport ${JSON.stringify(program)};\n`);
  const { code } = await bundleFunction({ source, format: "native" });
  const file = join(folder, "bundle.mjs");
  writeFileSync(file, code);
  const env = { PATH: "/usr/bin:/bin", ...variables };
  const { stdout } = await promisify(execFile)(process.execPath, [program], { env });
  return { node: stdout, native: await runNative(file, env) };
}
