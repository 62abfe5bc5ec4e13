#!/usr/bin/env node
/** The executable `emulate`. */
import { isNodeSupported } from "./node-version.ts";

// What an older Node.js cannot even load comes after the check.
if (isNodeSupported(process.versions.node)) {
  const [{ main }, { createEmulateCommand }] = await Promise.all([import("./main.ts"), import("./emulate-command.ts")]);
  await main(createEmulateCommand);
} else {
  process.exitCode = 1;
}
