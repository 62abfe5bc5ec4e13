/** The events of `--event` and `--events`: JSON, a file, stdin, or a folder of files. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { nearestName } from "../config/nearest-name.ts";
import { UsageError } from "./usage-error.ts";

/**
 * JSON itself, a file that holds it, stdin, or the name of a sample; checked, and otherwise left as it is. A file of a
 * sample's name is meant before the sample.
 */
export async function readEvent(value: string, signal: AbortSignal): Promise<Buffer> {
  if (value === "-") return checkEvent(await readStdin(signal), "The event on stdin");
  if (/^\s*([[{"]|-?\d|true$|false$|null$)/.test(value)) return checkEvent(value, "The value of --event");
  if (existsSync(value)) return readEventFile(value, "The file of --event cannot be read");
  const { sampleEvent, sampleEventNames } = await import("../events/index.ts");
  const sample = sampleEvent(value);
  if (sample !== undefined) return Buffer.from(JSON.stringify(sample));
  const problem = `--event is neither JSON, nor a file, nor the name of a sample event: ${value}`;
  if (/[./]/.test(value)) throw new UsageError(problem);
  const meant = nearestName(value, sampleEventNames);
  throw new UsageError(
    problem,
    meant === undefined ? `Samples: ${sampleEventNames.join(", ")}` : `Did you mean ${meant}?`,
  );
}

/** Every `.json` file of a folder, in the order of their names. */
export function readEventFolder(folder: string): { readonly name: string; readonly event: Buffer }[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch (error) {
    throw new UsageError(`--events is no folder that can be read: ${(error as Error).message}`);
  }
  if (names.length === 0) throw new UsageError(`--events: ${folder} holds no .json file`);
  return names
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .map((name) => ({
      name,
      event: readEventFile(join(folder, name), "An event of --events cannot be read"),
    }));
}

function readEventFile(path: string, problem: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(`${problem}: ${(error as Error).message}`);
  }
  return checkEvent(decode(bytes, path), path);
}

/** Without the byte order mark that editors on Windows begin a file with. */
function decode(bytes: Buffer, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${where} is not UTF-8, as JSON has to be`);
  }
}

const closeStdin = (): void => void process.stdin.destroy();

async function readStdin(signal: AbortSignal): Promise<string> {
  signal.addEventListener("abort", closeStdin);
  try {
    return decode(await buffer(process.stdin), "The event on stdin");
  } finally {
    signal.removeEventListener("abort", closeStdin);
    signal.throwIfAborted();
  }
}

function checkEvent(json: string, where: string): Buffer {
  try {
    JSON.parse(json);
  } catch (error) {
    throw new UsageError(`${where} is not valid JSON: ${(error as Error).message}`);
  }
  return Buffer.from(json);
}
