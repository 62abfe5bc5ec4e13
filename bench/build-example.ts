/** An example as archive and executable, made by the built command on the host site. */
import { join } from "node:path";
import { benchFolder, importDist, inRepository } from "./bench-folder.ts";
import { runChild } from "./child.ts";

/** Absolute paths. */
export interface BuiltFunction {
  readonly zip: string;
  readonly bootstrap: string;
}

const architecture = process.arch === "arm64" ? "arm64" : "x86_64";

/** The platform that is built for with each engine, for the architecture of this machine. */
export const platformOf = {
  bun: `al2-${architecture}`,
  node: `al2023-${architecture}`,
  native: `al2023-${architecture}`,
} as const;

const built = new Map<string, Promise<BuiltFunction>>();

type Example = "hello" | "invoke";
type Engine = keyof typeof platformOf;

/** Builds once per run, example and engine. */
export function buildExample(example: Example, engine: Engine): Promise<BuiltFunction> {
  const key = `${example}-${engine}`;
  const existing = built.get(key) ?? build(example, engine);
  built.set(key, existing);
  return existing;
}

async function build(example: Example, engine: Engine): Promise<BuiltFunction> {
  const folder = benchFolder.make(`${example}-${engine}`);
  await runChild([
    process.execPath,
    inRepository("dist/cli/build.js"),
    inRepository(`examples/${example}`),
    `--platform=${platformOf[engine]}`,
    `--engine=${engine}`,
    "--site=host",
    `--out-dir=${folder}`,
    "--quiet",
  ]);
  const zip = join(folder, "function.zip");
  const { extractZip } = await importDist<typeof import("../archive/index.ts")>("archive/index.js");
  await extractZip(zip, folder);
  return { zip, bootstrap: join(folder, "bootstrap") };
}
