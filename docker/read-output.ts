/** Follows the output of a container, or of a process in it, to its end. */
import type { Readable } from "node:stream";
import type { LogTail } from "../process/index.ts";
import type { ContainerOptions } from "./container-options.ts";
import { outputChunks } from "./output-stream.ts";
import { requestFailed } from "./request-failed.ts";

/** @throws {DockerError} when the connection breaks; the signal's reason when aborted; what `onOutput` throws */
export async function readOutput(
  output: Readable,
  tail: LogTail,
  { onOutput, signal }: Pick<ContainerOptions, "onOutput" | "signal">,
): Promise<void> {
  const chunks = outputChunks(output as AsyncIterable<Buffer>);
  for (;;) {
    const next = await chunks.next().catch((error: unknown) => {
      signal?.throwIfAborted();
      throw requestFailed("Reading a container's output", error);
    });
    if (next.done === true) {
      return;
    }
    tail.write(next.value.chunk, next.value.stream);
    onOutput?.(next.value.stream, next.value.chunk);
  }
}
