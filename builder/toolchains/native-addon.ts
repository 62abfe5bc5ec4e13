/** An addon that comes as sources → a `.node` file for the platform, by node-gyp in the platform's image. */
import { mkdir } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { PlatformFacts } from "../../images/platforms.ts";
import { BuilderError } from "../errors.ts";
import { crossCompilersFolder } from "../sites/compilers.ts";
import type { BuildSite } from "../sites/site.ts";
import { readSourceTree } from "../sources/source-tree.ts";

export interface NativeAddonOptions {
  readonly facts: PlatformFacts;
  readonly site: BuildSite;
  /** Folder whose node_modules hold the package and what it depends on. */
  readonly packages: string;
  /** Of the package. */
  readonly folder: string;
  /** Folder whose node_modules hold node-gyp, and the Node.js whose headers are included. */
  readonly tools: string;
  readonly nodePackage: string;
  /** Runs node-gyp at the docker site; its file is called `node`, as build scripts call it. */
  readonly node: string;
  readonly onLog: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Compiles; the addon stands in the package's `build/Release` afterwards.
 *
 * @throws BuilderError `COMPILE_FAILED`
 */
export async function compileAddon(options: NativeAddonOptions): Promise<void> {
  const { facts, site, packages, folder, tools, nodePackage, onLog, signal } = options;
  const name = relative(join(packages, "node_modules"), folder).split(sep).join("/");
  const compilers = await site.compilers({ image: "node", linksLibraries: true, onLog });
  if (compilers.site === "host" && compilers.isCross) {
    throw new BuilderError(
      "COMPILE_FAILED",
      `The addon of ${name} cannot be compiled for ${facts.platform} on this machine`,
      {
        hint: "Use --site docker",
      },
    );
  }
  await mkdir(join(folder, "build/Release"), { recursive: true });
  const tree = await readSourceTree([packages, tools], { withPackages: true });
  const at = (path: string): string => compilers.pathOf(tree, path);
  const node = compilers.site === "host" ? process.execPath : at(options.node);
  const gyp = [
    at(join(tools, "node_modules/node-gyp/bin/node-gyp.js")),
    "rebuild",
    "--release",
    `--nodedir=${at(join(tools, "node_modules", nodePackage))}`,
    `--arch=${facts.architecture === "arm64" ? "arm64" : "x64"}`,
  ] as const;
  // node-gyp's own lines go to stderr; the list alone to stdout.
  const list = ["find", at(join(folder, "build/Release")), "-maxdepth", "1", "-name", "*.node"] as const;
  const outputs = (stdout: string) =>
    stdout
      .split("\n")
      .filter((line) => line.endsWith(".node") && line.startsWith("/"))
      .map((path) => ({ path, destination: join(folder, "build/Release", path.slice(path.lastIndexOf("/") + 1)) }));
  const stdout = await compilers.run({
    tree,
    folder,
    commands: [[node, ...gyp], list],
    environment: {
      PATH: `${dirname(node)}:/usr/local/bin:/usr/bin:/bin`,
      ...(compilers.isCross
        ? { CC: `${crossCompilersFolder}/cc`, CXX: `${crossCompilersFolder}/c++`, AR: `${crossCompilersFolder}/ar` }
        : {}),
    },
    caches: [],
    outputs: compilers.site === "host" ? () => [] : outputs,
    stdout: "messages",
    onLog,
    signal,
  });
  if (outputs(stdout).length > 0) return;
  throw new BuilderError("COMPILE_FAILED", `node-gyp ended well, but made no addon for ${name}`);
}
