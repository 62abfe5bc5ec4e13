/** C, C++ and anything else that a Makefile or CMake builds: the executable `bootstrap`. */
import { join } from "node:path";
import type { Architecture } from "../../images/platforms.ts";
import { crossCompilersFolder, type Compilers } from "../sites/compilers.ts";
import { readSourceTree, sourceFiles } from "../sources/source-tree.ts";
import { bootstrapOnly, type CompiledFunction, type ToolchainOptions } from "./toolchain.ts";

const buildFolder = "/work/build";

/**
 * The steps `toolchain` and `compile`: the target `bootstrap` of the Makefile, all of it made anew, since what lies there
 * may be of this machine.
 *
 * @throws BuilderError `COMPILE_FAILED`
 */
export async function compileMake(options: ToolchainOptions): Promise<readonly CompiledFunction[]> {
  const { folder } = options.project;
  return compileC(options, ({ site, pathOf, tree }) => ({
    commands: [["make", "--always-make", "bootstrap"]],
    output: site === "docker" ? `${pathOf(tree, folder)}/bootstrap` : join(folder, "bootstrap"),
  }));
}

/**
 * The steps `toolchain` and `compile`: CMake's target `bootstrap`, as a release, in a folder beside the sources.
 *
 * @throws BuilderError `COMPILE_FAILED`
 */
export async function compileCmake(options: ToolchainOptions): Promise<readonly CompiledFunction[]> {
  return compileC(options, ({ site, isCross }) => {
    const build = site === "docker" ? buildFolder : join(options.outputFolder, "build");
    const system = isCross && site === "docker" ? crossSystem(options.facts.architecture) : [];
    const configure = [
      "-S",
      ".",
      "-B",
      build,
      "-DCMAKE_BUILD_TYPE=Release",
      `-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=${build}`,
    ];
    return {
      commands: [
        ["cmake", ...configure, ...system],
        ["cmake", "--build", build, "--target", "bootstrap", "--parallel"],
      ],
      output: `${build}/bootstrap`,
    };
  });
}

/** Source: CMake manual, "Cross Compiling". */
function crossSystem(architecture: Architecture): string[] {
  return [
    "-DCMAKE_SYSTEM_NAME=Linux",
    `-DCMAKE_SYSTEM_PROCESSOR=${architecture === "arm64" ? "aarch64" : "x86_64"}`,
    "-DCMAKE_FIND_ROOT_PATH=/opt/cross/sysroot",
    "-DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER",
  ];
}

type Plan = (context: Compilers & { readonly tree: Awaited<ReturnType<typeof readSourceTree>> }) => {
  readonly commands: readonly (readonly [string, ...string[]])[];
  readonly output: string;
};

async function compileC(options: ToolchainOptions, plan: Plan): Promise<readonly CompiledFunction[]> {
  const { project, site, steps, signal, outputFolder } = options;
  const executable = join(outputFolder, "bootstrap");
  const compilers = await steps.run("toolchain", (onLog) =>
    site.compilers({ image: "make", linksLibraries: true, onLog }),
  );
  const tree = await readSourceTree([project.folder]);
  await steps.run("compile", async (onLog) => {
    const { commands, output } = plan({ ...compilers, tree });
    await compilers.run({
      tree,
      folder: project.folder,
      commands,
      environment: compilerVariables(compilers),
      caches: [],
      outputs: () => [{ path: output, destination: executable }],
      stdout: "log",
      onLog,
      signal,
    });
  });
  return [{ files: bootstrapOnly(executable), inputs: sourceFiles(tree), image: compilers.image }];
}

/** For make's implicit rules and CMake alike; CC and CXX of the native compilers stand in the image. */
function compilerVariables({ site, isCross }: Compilers): Record<string, string> {
  if (site === "host") return {};
  const flags = { CFLAGS: "-O2", CXXFLAGS: "-O2" };
  if (!isCross) return flags;
  const folder = crossCompilersFolder;
  return { ...flags, CC: `${folder}/cc`, CXX: `${folder}/c++`, AR: `${folder}/ar` };
}
