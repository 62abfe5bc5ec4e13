/** The external extensions that layers bring. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Architecture } from "../../images/platforms.ts";
import { whyNotExecutable } from "../executable-architecture.ts";

/** In the folder of the layers. */
export const extensionsFolder = "extensions";

/** Every file is one, whatever it is, and a link to what only a container has; folders are not. */
export function findExtensions(layersFolder: string | undefined): readonly string[] {
  const folder = join(layersFolder ?? "", extensionsFolder);
  if (layersFolder === undefined || !existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() !== true)
    .toSorted();
}

/** What Lambda's server says of one that it cannot start, because of its permissions or of what it is. */
export function whyNoExtension(layersFolder: string, name: string, architecture: Architecture): string | undefined {
  const reason = whyNotExecutable(join(layersFolder, extensionsFolder, name), architecture);
  return reason && `fork/exec /opt/${extensionsFolder}/${name}: ${reason}`;
}
