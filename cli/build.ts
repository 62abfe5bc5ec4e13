#!/usr/bin/env node
/** The executable `build`. */
import { isNodeSupported } from "./node-version.ts";

// What an older Node.js cannot even load comes after the check.
if (isNodeSupported(process.versions.node)) {
  const [{ main }, { createBuildCommand }] = await Promise.all([import("./main.ts"), import("./build-command.ts")]);
  await main(createBuildCommand);
} else {
  process.exitCode = 1;
}
