import { dirname } from "node:path";
import { defineConfig } from "runtime-aws-lambda/config";

export default defineConfig({
  functions: {
    greeter: {
      source: "./handler.ts",
      layers: ["./layer"],
      environment: {
        // The extension is a script that asks for `node`; on Lambda that is /var/lang/bin/node of a Node.js runtime.
        PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
        // There its name is sandbox.localdomain, which this machine does not know.
        TELEMETRY_HOST: "127.0.0.1",
      },
    },
  },
});
