/** Bun: `bun build --compile` puts the bundle behind Bun's own executable, which needs glibc 2.17 only. */
import type { Engine } from "./engine.ts";

/** The engine of Amazon Linux 2, and the small one of Amazon Linux 2023. */
export const bunEngine: Engine = {
  name: "bun",
  bundleFormat: "module",
  compile({ code, files, site, facts, loadsPackages, hasSourceMap, destination, onLog, signal }) {
    // Without the path Bun would download the executable of a foreign system by itself. The result is the same, byte
    // for byte, whichever Bun did the work.
    const isForeign = files.siteExecutable !== files.platformExecutable;
    return site.run({
      executable: "bun",
      args: (output) => [
        "build",
        "--compile",
        ...(isForeign
          ? [
              "--compile-executable-path=./platform-bun",
              `--target=bun-linux-${facts.architecture === "x86_64" ? "x64" : "arm64"}`,
            ]
          : []),
        // A function must not pick up configuration from its working directory.
        "--no-compile-autoload-dotenv",
        "--no-compile-autoload-bunfig",
        // Where node_modules lie beside it, Bun finds a package's files by its package.json only when told to read one.
        ...(loadsPackages ? ["--compile-autoload-package-json"] : []),
        // Bun writes the bundle anew, and by its own map finds the way back.
        ...(hasSourceMap ? ["--sourcemap"] : []),
        `--outfile=${output}`,
        "./bundle.mjs",
      ],
      inputs: [
        { name: "bun", content: { fromFile: files.siteExecutable ?? files.platformExecutable }, isEngine: true },
        ...(isForeign
          ? [{ name: "platform-bun", content: { fromFile: files.platformExecutable }, isEngine: true }]
          : []),
        { name: "bundle.mjs", content: code },
      ],
      output: "bootstrap",
      isBootstrap: true,
      destination,
      onLog,
      signal,
    });
  },
};
