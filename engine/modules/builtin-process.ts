/** `node:process`. */
import { process } from "./process.ts";

export default process;
export const {
  abort,
  arch,
  argv,
  argv0,
  cwd,
  emitWarning,
  env,
  execArgv,
  execPath,
  exit,
  features,
  getBuiltinModule,
  hrtime,
  memoryUsage,
  nextTick,
  pid,
  platform,
  release,
  title,
  uptime,
  version,
  versions,
} = process;
