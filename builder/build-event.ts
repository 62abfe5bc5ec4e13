/** What a build tells while it runs. The builder emits, the caller renders. */
import type { Platform } from "../images/platforms.ts";

/** The steps of a build, in their order. `site` finds the daemon and ensures the platform's image, `toolchain` that of the compilers. */
export type BuildStep =
  | "site"
  | "engine"
  | "bundle"
  | "packages"
  | "toolchain"
  | "compile"
  | "gate"
  | "smoke-run"
  | "archive";

export type BuildEvent =
  | { readonly type: "step-started"; readonly platform: Platform; readonly step: BuildStep }
  | {
      readonly type: "step-finished";
      readonly platform: Platform;
      readonly step: BuildStep;
      readonly durationMs: number;
    }
  | { readonly type: "log"; readonly platform: Platform; readonly step: BuildStep; readonly line: string }
  /** A choice made for the user, worth one line. */
  | { readonly type: "notice"; readonly platform: Platform; readonly message: string }
  | { readonly type: "warning"; readonly platform: Platform; readonly code: string; readonly message: string };
