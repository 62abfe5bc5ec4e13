/** What the toolchains have in common. */
import type { PlatformFacts } from "../../images/platforms.ts";
import type { EngineName } from "../engines/engine.ts";
import type { NativeAlternative } from "../native-alternative.ts";
import type { PackagedFile } from "../packaged-file.ts";
import type { Project } from "../project.ts";
import type { BuildSite } from "../sites/site.ts";
import type { StepRunner } from "../step-runner.ts";

/** What every toolchain is given. */
export interface ToolchainOptions {
  readonly project: Project;
  readonly facts: PlatformFacts;
  readonly site: BuildSite;
  /** Existing folder for the files of the result. */
  readonly outputFolder: string;
  readonly steps: StepRunner;
  readonly signal?: AbortSignal;
}

/** One function, compiled. */
export interface CompiledFunction {
  /** Tells it from the project's other ones; undefined where there is only one. */
  readonly name?: string;
  /** Of TypeScript and JavaScript. */
  readonly engine?: { readonly name: EngineName; readonly version: string };
  /** With a `bootstrap` among them. */
  readonly files: readonly PackagedFile[];
  /** Resolves when the bootstrap is there; undefined where it is already. Its site can start it before. */
  readonly arrived?: Promise<void> | undefined;
  /** Absolute paths of the sources it was made from. */
  readonly inputs: readonly string[];
  /** The image it was compiled in; undefined for this machine. */
  readonly image: string | undefined;
  /** There where the native engine would do as well. */
  readonly alternative?: NativeAlternative;
}

/** The executable as the only file. */
export function bootstrapOnly(executable: string): readonly PackagedFile[] {
  return [{ path: "bootstrap", fromFile: executable, mode: 0o755 }];
}
