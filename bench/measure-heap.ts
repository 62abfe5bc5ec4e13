/** Whether the heap grows: a million invocations, with the garbage collected every hundred thousand. */
import { startCountingRuntimeApi } from "./counting-runtime-api.ts";
import { printTable } from "./print-table.ts";
import { bundleHandler, startSubject } from "./runtime-subjects.ts";
import { format } from "./statistics.ts";

const invocations = 1_000_000;

/** Prints the table and the slope. */
export async function measureHeap(): Promise<void> {
  const api = await startCountingRuntimeApi();
  const module = "heap-handler";
  const command = [process.execPath, "--expose-gc", await bundleHandler(module)] as const;
  const samples: { readonly count: number; readonly heapBytes: number }[] = [];
  const child = startSubject({ name: "runtime-aws-lambda", command, module }, api, (line) => {
    const [, count, heapBytes] = /heap (\d+) (\d+)$/.exec(line) ?? [];
    samples.push({ count: Number(count), heapBytes: Number(heapBytes) });
  });
  await api.reached(invocations + 1);
  await child.stop();
  api.close();
  printTable(
    "heap: in use after the garbage was collected",
    ["invocations", "KiB"],
    samples.map(({ count, heapBytes }) => [format(count), format(heapBytes / 1024)]),
  );
  // The first sample still holds what is made once.
  console.log(`  slope from the second sample on: ${slope(samples.slice(1)).toFixed(4)} bytes per invocation`);
}

/** Of the straight line with the least squares. */
function slope(samples: readonly { readonly count: number; readonly heapBytes: number }[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
  const x = mean(samples.map(({ count }) => count));
  const y = mean(samples.map(({ heapBytes }) => heapBytes));
  const over = samples.reduce((sum, each) => sum + (each.count - x) * (each.heapBytes - y), 0);
  return over / samples.reduce((sum, each) => sum + (each.count - x) ** 2, 0);
}
