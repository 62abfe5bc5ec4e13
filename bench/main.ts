/**
 * `npm run bench [-- runtime | stream | share | heap | engines | emulator | streaming | features | service | cold | build | images | toolchains] [--rie path]`: figures and ratios of what stands in `dist/`,
 * each beside its reference, measured in turns in one run. Prints; asserts nothing. README.md explains the figures.
 */
import { parseArgs } from "node:util";
import { benchFolder } from "./bench-folder.ts";
import { keepAwake } from "./keep-awake.ts";
import { measureBuild } from "./measure-build.ts";
import { measureCold } from "./measure-cold.ts";
import { measureEmulator } from "./measure-emulator.ts";
import { measureEngines } from "./measure-engines.ts";
import { measureFeatures } from "./measure-features.ts";
import { measureHeap } from "./measure-heap.ts";
import { measureImages } from "./measure-images.ts";
import { measureRuntime } from "./measure-runtime.ts";
import { measureService } from "./measure-service.ts";
import { measureShare } from "./measure-share.ts";
import { measureStream } from "./measure-stream.ts";
import { measureStreaming } from "./measure-streaming.ts";
import { measureToolchains } from "./measure-toolchains.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rie: { type: "string" },
    "build-flag": { type: "string", multiple: true },
    "cargo-lambda": { type: "string" },
    "cargo-lambda-image": { type: "string" },
  },
});

const parts = new Map<string, () => Promise<void>>([
  ["runtime", () => keepAwake(measureRuntime)],
  ["stream", measureStream],
  ["share", measureShare],
  ["heap", () => keepAwake(measureHeap)],
  ["engines", measureEngines],
  ["emulator", () => measureEmulator(values.rie)],
  ["streaming", measureStreaming],
  ["features", () => keepAwake(measureFeatures)],
  ["service", measureService],
  ["cold", measureCold],
  ["build", measureBuild],
  ["images", measureImages],
  [
    "toolchains",
    () =>
      measureToolchains({
        buildFlags: values["build-flag"] ?? [],
        cargoLambda: values["cargo-lambda"],
        cargoLambdaImage: values["cargo-lambda-image"],
      }),
  ],
]);

const asked = positionals.length === 0 ? [...parts.keys()] : positionals;
const unknown = asked.find((name) => !parts.has(name));
if (unknown !== undefined) throw new Error(`No part is called ${unknown}; there are ${[...parts.keys()].join(", ")}`);
process.once("SIGINT", () => process.exit(130));
process.once("exit", () => benchFolder.remove());
// oxlint-disable-next-line no-await-in-loop -- side by side they would measure each other
for (const name of asked) await parts.get(name)?.();
