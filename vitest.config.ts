import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that compile for minutes: whoever takes them last keeps all others waiting. */
const longest = ["toolchains.test.ts", "typescript-options.test.ts", "podman.test.ts", "docker-build.test.ts"];

function rankOf({ moduleId }: TestSpecification): number {
  const at = longest.findIndex((name) => moduleId.endsWith(`/${name}`));
  return at < 0 ? longest.length : at;
}

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await BaseSequencer.prototype.sort.call(this, files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/peers/**", "**/node_modules/**"],
    globalSetup: ["test/support/build-dist.ts"],
    // For what hangs: a machine that others use as well may take five times as long as usual.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Half of the time they wait for a daemon, a registry or a limit to pass.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Concurrent tests of one file: each may be a container, whose limits are in real time.
    maxConcurrency: 3,
    sequence: { sequencer: LongestFirst },
    coverage: {
      // What goes into every function: all of it is tested, in this process.
      include: ["runtime/**"],
      reporter: "text",
      thresholds: { 100: true },
    },
  },
});
