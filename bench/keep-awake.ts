/**
 * Keeps the processors from going to sleep between two messages. On a virtual machine waking one costs more than an
 * invocation does, and whether it is needed depends on where the scheduler puts the processes: figures jump by a factor
 * of three from run to run. Loops of the lowest priority give way at once and take about 1 % of each processor.
 */
import { availableParallelism, constants, setPriority } from "node:os";
import { startChild } from "./child.ts";

/** Runs `measure` with every processor (at most eight) kept awake. */
export async function keepAwake(measure: () => Promise<void>): Promise<void> {
  const loops = Array.from({ length: Math.min(availableParallelism(), 8) }, () =>
    startChild([process.execPath, "--eval", "for (;;);"]),
  );
  try {
    for (const { pid } of loops) setPriority(pid, constants.priority.PRIORITY_LOW);
    await measure();
  } finally {
    await Promise.all(loops.map((loop) => loop.stop()));
  }
}
