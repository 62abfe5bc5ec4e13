/** The bootstrap of a Rust or Go project, kept up to date while its sources change. */
import { constants, watch, type FSWatcher } from "node:fs";
import { copyFile, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { compileProject, projectLanguage, type CompileOptions } from "./compile-project.ts";

/** How all projects of a command are compiled. */
export interface CompileSourcesOptions extends Pick<CompileOptions, "environment" | "signal" | "onOutput"> {
  /** Compile again whenever a source changes. */
  readonly watch: boolean;
  readonly onNotice: (message: string) => void;
}

type CompiledBootstrapOptions = CompileSourcesOptions & Pick<CompileOptions, "folder" | "language">;

/** An executable that somebody else runs. */
interface CompiledBootstrap {
  /** Replaced, never written into, when the project was compiled anew. */
  readonly path: string;
  close(): Promise<void>;
}

/** A compiler is not started for every single key press. */
const settleMs = 50;

/**
 * Compiles the functions whose source is a project in Rust or Go, and puts the executables in their places.
 *
 * @throws CompileError
 */
export async function compileSources<Options extends { readonly source: string }>(
  functions: Readonly<Record<string, Options>>,
  options: CompileSourcesOptions,
): Promise<{ readonly functions: Record<string, Options>; close(): Promise<void> }> {
  const bootstraps: CompiledBootstrap[] = [];
  const close = async (): Promise<void> => void (await Promise.all(bootstraps.map((each) => each.close())));
  const compiled: Record<string, Options> = {};
  try {
    for (const [name, each] of Object.entries(functions)) {
      const folder = resolve(each.source);
      const language = projectLanguage(folder);
      compiled[name] = each;
      if (language === undefined) continue;
      // oxlint-disable-next-line no-await-in-loop -- a compiler uses every core
      const bootstrap = await makeCompiledBootstrap({ ...options, folder, language });
      bootstraps.push(bootstrap);
      compiled[name] = { ...each, source: bootstrap.path };
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { functions: compiled, close };
}

/** Compiles the project for the first time. */
async function makeCompiledBootstrap(options: CompiledBootstrapOptions): Promise<CompiledBootstrap> {
  const outputFolder = await mkdtemp(join(resolve(tmpdir()), "runtime-aws-lambda-compiled-"));
  const path = join(outputFolder, "bootstrap");
  const remove = (): Promise<void> => rm(outputFolder, { recursive: true, force: true });
  const compile = async (): Promise<void> => {
    const executable = await compileProject({ ...options, outputFolder });
    if (await isSame(executable, path)) return;
    const fresh = `${path}.new`;
    // A program that runs cannot be written into, and may lose its file to the compiler.
    await copyFile(executable, fresh, constants.COPYFILE_FICLONE);
    await rename(fresh, path);
  };
  try {
    await compile();
  } catch (error) {
    await remove();
    throw error;
  }
  const watcher = options.watch ? watchSources(options, compile) : undefined;
  return {
    path,
    async close() {
      await watcher?.close();
      await remove();
    },
  };
}

/** One compiler at a time; what changes meanwhile is compiled afterwards. */
function watchSources(
  { folder, signal, onNotice }: CompiledBootstrapOptions,
  compile: () => Promise<void>,
): { close(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isDue = false;
  const start = (): void => {
    if (running !== undefined) return void (isDue = true);
    isDue = false;
    running = compile()
      .catch((error: Error) => {
        if (!signal.aborted) onNotice(`${error.message}\nThe last executable that was compiled goes on.`);
      })
      .finally(() => {
        running = undefined;
        if (isDue) start();
      });
  };
  const watcher: FSWatcher = watch(folder, { recursive: true }, (_event, name) => {
    // What the compilers themselves write, and what version control does.
    if (name === null || /^(target|\.git)(\/|$)|~$/.test(name)) return;
    clearTimeout(timer);
    timer = setTimeout(start, settleMs);
  });
  return {
    async close() {
      clearTimeout(timer);
      watcher.close();
      isDue = false;
      await running;
    },
  };
}

async function isSame(first: string, second: string): Promise<boolean> {
  try {
    const [a, b] = await Promise.all([readFile(first), readFile(second)]);
    return a.equals(b);
  } catch {
    // The first time.
    return false;
  }
}
