/** 64 callers on a function with 10 environments, for a minute. Prints how many answers of each status, and the memory. */
import { startEmulator } from "runtime-aws-lambda/emulator";

const [source = "", seconds = "60"] = process.argv.slice(2);
const emulator = await startEmulator({ functions: { hello: { source, concurrency: 10 } } });
const url = `${emulator.url}/2015-03-31/functions/hello/invocations`;
const statuses: Record<string, number> = {};
const memoryMib: number[] = [];
const endMs = performance.now() + Number(seconds) * 1000;

async function call(): Promise<void> {
  while (performance.now() < endMs) {
    // oxlint-disable-next-line no-await-in-loop -- a caller waits for its answer
    const response = await fetch(url, { method: "POST", body: '{"name":"Ada"}' });
    // oxlint-disable-next-line no-await-in-loop -- likewise
    await response.arrayBuffer();
    const status = response.headers.has("x-amz-function-error") ? "function error" : String(response.status);
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
}

const watch = setInterval(() => {
  global.gc?.();
  memoryMib.push(process.memoryUsage().heapUsed / 1_048_576);
}, 2000);
await Promise.all(Array.from({ length: 64 }, call));
clearInterval(watch);
await emulator.close();
console.log(JSON.stringify({ statuses, memoryMib }));
