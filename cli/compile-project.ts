/** A project in Rust or Go → its executable, compiled on this machine with the compiler that is installed. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { endedOrAborted, startProcess } from "../process/index.ts";
import { CompileError } from "./compile-error.ts";

/** Languages that `emulate` compiles itself. */
export type Language = "Rust" | "Go";

export interface CompileOptions {
  readonly folder: string;
  readonly language: Language;
  /** Existing folder for what the compiler makes elsewhere than in the project. */
  readonly outputFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Receives what the compiler tells people. */
  readonly onOutput: (chunk: Buffer) => void;
}

/** The language of a project's folder; undefined for anything else, and where a `bootstrap` lies ready. */
export function projectLanguage(folder: string): Language | undefined {
  if (existsSync(join(folder, "bootstrap"))) return undefined;
  if (existsSync(join(folder, "Cargo.toml"))) return "Rust";
  return existsSync(join(folder, "go.mod")) ? "Go" : undefined;
}

/**
 * Compiles; resolves with the path of the executable.
 *
 * @throws CompileError
 */
export async function compileProject(options: CompileOptions): Promise<string> {
  if (options.language === "Rust") return compileWithCargo(options);
  const executable = join(options.outputFolder, "go-build");
  await run(options, ["go", "build", "-o", executable, "."], "https://go.dev/doc/install", options.onOutput);
  return executable;
}

/** Cargo names the executables in JSON lines on stdout, and speaks to people on stderr. */
async function compileWithCargo(options: CompileOptions): Promise<string> {
  const chunks: Buffer[] = [];
  const command = ["cargo", "build", "--message-format=json-render-diagnostics"] as const;
  await run(options, command, "https://rustup.rs", (chunk) => chunks.push(chunk));
  const { readCargoExecutables } = await import("../builder/index.ts");
  const executables = readCargoExecutables(Buffer.concat(chunks).toString("utf8")).map(({ path }) => path);
  const [first, ...others] = executables;
  const chosen = executables.find((path) => path.endsWith("/bootstrap")) ?? (others.length === 0 ? first : undefined);
  if (chosen !== undefined) return chosen;
  if (first === undefined) throw new CompileError(`${options.folder} has no binary, only a library`);
  throw new CompileError(`${options.folder} has several binaries, and none is named bootstrap`, {
    hint: `Emulate one of them itself: ${executables.join(", ")}`,
  });
}

async function run(
  { folder, environment, signal, onOutput }: CompileOptions,
  command: readonly [string, ...string[]],
  installation: string,
  onStdout: (chunk: Buffer) => void,
): Promise<void> {
  const started = startProcess({
    command,
    workingDirectory: folder,
    environment,
    onOutput: (stream, chunk) => (stream === "stdout" ? onStdout(chunk) : onOutput(chunk)),
  });
  const exit = await endedOrAborted(started, signal);
  if (exit.kind === "exited" && exit.exitCode === 0) return;
  if (exit.kind === "not-started") {
    throw new CompileError(`${command[0]} cannot be run: ${exit.cause.message}`, {
      hint: `Install it (${installation}), or emulate a function.zip`,
      cause: exit.cause,
    });
  }
  const end = exit.kind === "exited" ? `exit status ${exit.exitCode}` : exit.signal;
  throw new CompileError(`Compiling ${folder} failed: ${command.slice(0, 2).join(" ")} ended with ${end}`);
}
