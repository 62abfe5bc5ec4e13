#!/usr/bin/env node
/** The executable `emulate`. */
import { main } from "./main.ts";
import { createEmulateCommand } from "./emulate-command.ts";

await main(createEmulateCommand);
