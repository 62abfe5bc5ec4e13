/** What an engine does in a build: one JavaScript file → one executable for the platform. */
import type { BundleFormat, BundleModule } from "../../bundle/index.ts";
import type { PlatformFacts } from "../../images/platforms.ts";
import type { BuildSite, SiteOutput } from "../sites/site.ts";

/** `native` is this package's own: QuickJS. */
export type EngineName = "bun" | "node" | "native";

export interface EngineFiles {
  /** Runs at the site; undefined where there is none, which only the native engine can do without. */
  readonly siteExecutable: string | undefined;
  /** Becomes part of the result. */
  readonly platformExecutable: string;
}

export interface CompileOptions {
  readonly code: Uint8Array;
  /** The same in several modules, where the bundle comes in these too: only the native engine takes them. */
  readonly modules: readonly BundleModule[] | undefined;
  readonly files: EngineFiles;
  readonly site: BuildSite;
  readonly facts: PlatformFacts;
  /** Whether it loads packages from node_modules beside it. */
  readonly loadsPackages: boolean;
  /** Whether a map of the bundle lies beside it: positions in stacks then have to be those of the bundle. */
  readonly hasSourceMap: boolean;
  /** Path of the executable to write. */
  readonly destination: string;
  readonly onLog: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** A JavaScript engine. */
export interface Engine {
  readonly name: EngineName;
  readonly bundleFormat: BundleFormat;
  /** @throws BuilderError `COMPILE_FAILED` */
  compile(options: CompileOptions): Promise<SiteOutput>;
}
