#!/usr/bin/env node
/** The executable `build`. */
import { main } from "./main.ts";
import { createBuildCommand } from "./build-command.ts";

await main(createBuildCommand);
