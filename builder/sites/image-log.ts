/** What happens to images, as lines for people. */
import type { ImageEvent } from "../../docker/index.ts";

/** A listener of image events that writes lines. */
export function imageLog(onLog: (line: string) => void): (event: ImageEvent) => void {
  let startedMs = performance.now();
  return (event) => {
    if (event.type === "build-started") startedMs = performance.now();
    onLog(describeImageEvent(event, (performance.now() - startedMs) / 1000));
  };
}

/** @param seconds since the build of the image began */
function describeImageEvent(event: ImageEvent, seconds: number): string {
  switch (event.type) {
    case "pull-started":
      return `pulling ${event.image}`;
    case "pull-progress":
      return `${event.layer ?? event.image}: ${event.status}`;
    case "build-started":
      return `building image ${event.reference}`;
    case "build-step":
      return `step ${event.step}/${event.steps} at ${seconds.toFixed(1)} s: ${event.instruction}`;
    case "build-log":
      return event.line;
  }
}
