/** What happens to images, as lines for people. */
import type { ImageEvent } from "../../docker/index.ts";

/** A listener of image events that writes lines. */
export function imageLog(onLog: (line: string) => void): (event: ImageEvent) => void {
  return (event) => onLog(describeImageEvent(event));
}

function describeImageEvent(event: ImageEvent): string {
  switch (event.type) {
    case "pull-started":
      return `pulling ${event.image}`;
    case "pull-progress":
      return `${event.layer ?? event.image}: ${event.status}`;
    case "build-started":
      return `building image ${event.reference}`;
    case "build-step":
      return `step ${event.step}/${event.steps}: ${event.instruction}`;
    case "build-log":
      return event.line;
  }
}
