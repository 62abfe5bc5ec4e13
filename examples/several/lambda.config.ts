import { defineConfig } from "runtime-aws-lambda/config";

export default defineConfig({
  functions: {
    orders: {
      source: "./orders.ts",
      timeoutMs: 5000,
      environment: { TABLE: "orders" },
      platform: ["al2023-arm64", "al2-arm64"],
      // A record of every order that worked goes to the other function.
      eventInvokeConfig: { onSuccess: "function:audit" },
    },
    audit: {
      source: "./audit.ts",
      handler: "record",
      concurrency: 1,
      platform: "al2023-arm64",
    },
  },
});
