/**
 * The emulator of `dist/` in a process of its own, as a test suite would start it. Prints its address. Arguments: functions as
 * JSON; `log` to have their lines made, as the command does.
 */
import { startEmulator, type EmulatorOptions } from "runtime-aws-lambda/emulator";

const [functions = "", log] = process.argv.slice(2);
const emulator = await startEmulator({
  functions: JSON.parse(functions) as EmulatorOptions["functions"],
  ...(log === "log" ? { onLog: () => {} } : {}),
});
process.once("SIGTERM", () => void emulator.close());
console.log(emulator.url);
