/** Node.js: a single executable application. Needs glibc 2.28, so Amazon Linux 2023 only. */
import { readFile, rm } from "node:fs/promises";
import type { Engine } from "./engine.ts";
import { writeSingleExecutable } from "./node-template.ts";

// Code cache and snapshot would make the result differ from build to build, and fail across architectures.
const configuration = {
  main: "bundle.cjs",
  output: "bootstrap.blob",
  disableExperimentalSEAWarning: true,
  useCodeCache: false,
  useSnapshot: false,
};

/** The default engine of Amazon Linux 2023. */
export const nodeEngine: Engine = {
  name: "node",
  bundleFormat: "script",
  async compile({ code, files, site, destination, onLog, signal }) {
    const blob = `${destination}.blob`;
    const { arrived } = await site.run({
      executable: "node",
      args: () => ["--experimental-sea-config", "configuration.json"],
      inputs: [
        { name: "node", content: { fromFile: files.siteExecutable ?? files.platformExecutable }, isEngine: true },
        { name: "configuration.json", content: Buffer.from(JSON.stringify(configuration)) },
        { name: "bundle.cjs", content: code },
      ],
      output: configuration.output,
      destination: blob,
      onLog,
      signal,
    });
    await arrived;
    // Here and not at the site: it handles any architecture without running it.
    await writeSingleExecutable(files.platformExecutable, await readFile(blob), destination);
    await rm(blob);
    return {};
  },
};
