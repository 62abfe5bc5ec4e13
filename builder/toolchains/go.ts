/** Go: one static executable by the Go compiler itself, and with cgo one that is linked by the platform's compilers. */
import { join } from "node:path";
import type { Architecture } from "../../images/platforms.ts";
import { crossCompilersFolder, type Compilers } from "../sites/compilers.ts";
import { goFolders } from "../sources/local-folders.ts";
import { readSourceTree, sourceFiles } from "../sources/source-tree.ts";
import { bootstrapOnly, type CompiledFunction, type ToolchainOptions } from "./toolchain.ts";

/** Options of Go projects. */
export interface GoOptions {
  /** Package to build, such as `./cmd/api`. @default "." */
  readonly goPackage?: string;
}

const goArchitectures: Readonly<Record<Architecture, string>> = { x86_64: "amd64", arm64: "arm64" };

/** Names packages outside of the standard library that have C code, once a line. Source: `go help list`. */
const listCgo = ["go", "list", "-deps", "-f", "{{if and .CgoFiles (not .Standard)}}{{.ImportPath}}{{end}}"] as const;

/**
 * The steps `toolchain` and `compile`. Without C code the compiler's machine does not matter: no image of another
 * architecture, no emulation.
 *
 * @throws BuilderError `COMPILE_FAILED`
 */
export async function compileGo(options: ToolchainOptions & GoOptions): Promise<readonly CompiledFunction[]> {
  const { project, facts, site, steps, signal, outputFolder, goPackage = "." } = options;
  const executable = join(outputFolder, "bootstrap");
  let hasC = false;
  const tree = await readSourceTree(goFolders(project.folder));
  const common = {
    tree,
    folder: project.folder,
    caches: [{ name: "go", path: "/cache/go" }],
    signal,
  };
  const target = {
    GOOS: "linux",
    GOARCH: goArchitectures[facts.architecture],
    GOFLAGS: "-mod=readonly -buildvcs=false",
  };
  const compilers = await steps.run("toolchain", async (onLog) => {
    const pure = await site.compilers({ image: "go", linksLibraries: false, onLog });
    const environment = { ...places(pure), ...target, CGO_ENABLED: "1" };
    const list = { ...common, environment, stdout: "messages", onLog, outputs: () => [] } as const;
    hasC = (await pure.run({ ...list, commands: [[...listCgo, goPackage]] })).trim() !== "";
    return hasC ? site.compilers({ image: "go", linksLibraries: true, onLog }) : pure;
  });
  // A container's own file system, the host's own folder of this build.
  const output = compilers.site === "docker" ? "/work/bootstrap" : executable;
  // No path, no build id, no symbols: the same bytes everywhere. lambda.norpc leaves out what only go1.x needed.
  const flags = ["-trimpath", "-tags=lambda.norpc", "-ldflags=-s -w -buildid="];
  await steps.run("compile", (onLog) =>
    compilers.run({
      ...common,
      commands: [["go", "build", ...flags, "-o", output, goPackage]],
      environment: { ...places(compilers), ...target, ...(hasC ? cgoVariables(compilers) : { CGO_ENABLED: "0" }) },
      outputs: () => (output === executable ? [] : [{ path: output, destination: executable }]),
      stdout: "log",
      onLog,
      signal,
    }),
  );
  return [{ files: bootstrapOnly(executable), inputs: sourceFiles(tree), image: compilers.image }];
}

function places({ site }: Compilers): Record<string, string> {
  return site === "host" ? {} : { GOMODCACHE: "/cache/go/mod", GOCACHE: "/cache/go/build", GOPATH: "/cache/go/path" };
}

function cgoVariables({ isCross, site }: Compilers): Record<string, string> {
  const cross = { CC: `${crossCompilersFolder}/cc`, CXX: `${crossCompilersFolder}/c++` };
  return { CGO_ENABLED: "1", ...(isCross && site === "docker" ? cross : {}) };
}
