/** Runs one program on Node.js and on the native engine. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { runProgram, type NativeRun } from "./native-engine.ts";
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
  const native = await runProgram(folder, `import ${JSON.stringify(program)};`, variables);
  const env = { PATH: "/usr/bin:/bin", ...variables };
  const { stdout } = await promisify(execFile)(process.execPath, [program], { env });
  return { node: stdout, native };
}
