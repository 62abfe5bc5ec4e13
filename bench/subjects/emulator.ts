/** The emulator of `dist/` in a process of its own, as a test suite would start it. Prints its address. */
import { startEmulator } from "runtime-aws-lambda/emulator";

const [source = "", concurrency] = process.argv.slice(2);
const emulator = await startEmulator({ functions: { hello: { source, concurrency: Number(concurrency) } } });
process.once("SIGTERM", () => void emulator.close());
console.log(emulator.url);
