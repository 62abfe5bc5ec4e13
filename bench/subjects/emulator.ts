/**
 * The emulator of `dist/` in a process of its own, as a test suite would start it. Prints its address. Arguments: source,
 * concurrency, further options of the function as JSON; `log` to have its lines made, as the command does.
 */
import { startEmulator, type FunctionOptions } from "runtime-aws-lambda/emulator";

const [source = "", concurrency, options = "{}", log] = process.argv.slice(2);
const more = JSON.parse(options) as Partial<FunctionOptions>;
const emulator = await startEmulator({
  functions: { hello: { source, concurrency: Number(concurrency), ...more } },
  ...(log === "log" ? { onLog: () => {} } : {}),
});
process.once("SIGTERM", () => void emulator.close());
console.log(emulator.url);
