/** What a finished build says about itself. */
import type { Platform } from "../images/platforms.ts";
import type { BuildStep } from "./build-event.ts";
import type { EngineName } from "./engines/engine.ts";
import type { ToolchainName } from "./project.ts";

export interface BuildReport {
  readonly platform: Platform;
  readonly site: "host" | "docker";
  /** The image it was compiled in. */
  readonly image?: string;
  /** What the platform's image stands on, `name@sha256:…`, where a registry gave its digest. */
  readonly baseImage?: string;
  readonly toolchain: ToolchainName;
  /** Of TypeScript and JavaScript. */
  readonly engine?: { readonly name: EngineName; readonly version: string };
  /** Highest glibc version the executable needs, such as `2.17`; undefined when it needs none. */
  readonly glibcNeeded?: string | undefined;
  /** Version of glibc on the platform. */
  readonly glibcOfPlatform: string;
  readonly libraries: readonly string[];
  readonly unzippedBytes: number;
  readonly zippedBytes: number;
  /** Hexadecimal SHA-256 of the archive. */
  readonly sha256: string;
  readonly limits: { readonly zippedBytes: number; readonly unzippedBytes: number };
  /** `started`: it asked for an event, then ended or did not answer. */
  readonly smokeRun: { readonly status: "answered" | "started" | "skipped"; readonly detail: string };
  /**
   * There where the native engine would do as well, as far as can be told without running the function: its imports, the globals
   * and the members that it names, the files beside it. `zippedBytes`: about what the archive would have, where there is an
   * engine to be measured.
   */
  readonly nativeEngine?: { readonly zippedBytes?: number };
  readonly steps: readonly { readonly step: BuildStep; readonly durationMs: number }[];
}

/** What `build` resolves with. */
export interface BuildResult {
  readonly platform: Platform;
  /** Of the function, where the project has several. */
  readonly name?: string;
  /** Absolute path of the archive. */
  readonly zipPath: string;
  /** Absolute path of the manifest; undefined when none was asked for. */
  readonly manifestPath?: string;
  /** Of the archive. */
  readonly sizeBytes: number;
  readonly report: BuildReport;
}
