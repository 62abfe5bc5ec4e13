import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/peers/**", "**/node_modules/**"],
    globalSetup: ["test/support/build-dist.ts"],
    testTimeout: 30_000,
    coverage: {
      // What goes into every function: all of it is tested, in this process.
      include: ["runtime/**"],
      reporter: "text",
      thresholds: { 100: true },
    },
  },
});
