/** The Rust of this machine, and what it can make. */
import { createHash } from "node:crypto";
import { startProcess } from "../../process/index.ts";
import { parseArchitecture, type PlatformFacts } from "../../images/platforms.ts";
import { targetTriples } from "../toolchains/cargo-environment.ts";
import { BuilderError } from "../errors.ts";
import { prebuiltSpecifier } from "./prebuilt-engine.ts";

/** How cargo is called. */
export interface HostToolchain {
  /** Another one makes another executable. */
  readonly key: string;
  readonly command: "build" | "zigbuild";
  /** As cargo takes it; zig's has the version of glibc behind it. */
  readonly target: string;
}

/**
 * With cargo-zigbuild and zig every platform, with the platform's own glibc; without them what this machine links to.
 *
 * @throws BuilderError `ENGINE_UNAVAILABLE` without Rust, or where it makes nothing for Linux
 */
export async function hostToolchain(facts: PlatformFacts): Promise<HostToolchain> {
  const triple = targetTriples[facts.architecture];
  const version = await outputOf(["rustc", "--version", "--verbose"]);
  if (version === undefined) {
    throw new BuilderError("ENGINE_UNAVAILABLE", "The native engine is compiled once, and this machine has no Rust", {
      hint: `Install Rust 1.85 or later (https://rustup.rs) and a C compiler, ${otherWays(facts)}`,
    });
  }
  const zig = await outputOf(["cargo-zigbuild", "--version"]);
  const command = zig === undefined ? "build" : "zigbuild";
  const target = zig === undefined ? triple : `${triple}.${facts.symbolVersions.GLIBC}`;
  if (zig === undefined && (process.platform !== "linux" || parseArchitecture(process.arch) !== facts.architecture)) {
    throw new BuilderError(
      "ENGINE_UNAVAILABLE",
      `This machine's Rust makes no executables for Linux on ${facts.architecture}: there is no linker for it`,
      {
        hint: `Install cargo-zigbuild and zig (pip install cargo-zigbuild ziglang), ${otherWays(facts)}`,
      },
    );
  }
  const key = createHash("sha256").update(`${version}${zig}${target}`).digest("hex").slice(0, 16);
  return { key, command, target };
}

/** Behind those that the user has set: without them a C compiler may find nothing. */
export function hostCFlags(flags: string): string {
  // oxlint-disable-next-line node/no-process-env -- it is the compilers' own variable
  return [process.env["CFLAGS"] ?? "", flags].join(" ").trim();
}

const otherWays = ({ architecture }: PlatformFacts): string =>
  `install a finished engine (npm install ${prebuiltSpecifier(architecture)}), build with Docker, or take --engine bun`;

async function outputOf(command: readonly [string, ...string[]]): Promise<string | undefined> {
  let output = "";
  const child = startProcess({
    command: [...command],
    workingDirectory: process.cwd(),
    // Toolchains are found by the user's own PATH and variables.
    // oxlint-disable-next-line node/no-process-env
    environment: { ...process.env },
    onOutput: (stream, chunk) => {
      if (stream === "stdout") output += chunk.toString();
    },
  });
  const exit = await child.exited;
  return exit.kind === "exited" && exit.exitCode === 0 ? output : undefined;
}
