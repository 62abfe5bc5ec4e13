import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/peers/**", "**/node_modules/**"],
    globalSetup: ["test/support/build-dist.ts"],
    testTimeout: 30_000,
    // What the developer's own machine sets must not change a result.
    env: { FORCE_COLOR: "", NO_COLOR: "1" },
  },
});
