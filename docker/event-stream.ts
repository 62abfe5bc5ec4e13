/** Docker's streams of JSON lines (build, pull) as typed events, or as a thrown error. Pure: no socket, no dockerode. */
import { DockerError } from "./errors.ts";

/** One line of a build's or a pull's answer. */
export type DaemonEvent =
  /** Text of the build log: any number of lines, not cut at line ends. */
  | { readonly type: "log"; readonly text: string }
  /** Progress of a pull; `layer` is a short id, missing on lines about the whole image. */
  | {
      readonly type: "progress";
      readonly status: string;
      readonly layer?: string;
      readonly currentBytes?: number;
      readonly totalBytes?: number;
    }
  /** The finished image of a build, as `sha256:…`. */
  | { readonly type: "image"; readonly imageId: string };

/**
 * Reads the daemon's JSON lines. The daemon reports failures inside a stream that began with status 200, and dockerode
 * passes them over in silence; here they are thrown.
 * @param expects `"image"`: a stream that ends without naming an image is an error too, as a build's is that was cut off.
 * @throws {DockerError} `DOCKER_REQUEST_FAILED`: the daemon's words as the message, `exitCode` when a command of a build
 * failed (`errorDetail.code`); also for a malformed line and for an end without the expected image.
 */
export async function* eventStream(
  chunks: AsyncIterable<Buffer>,
  expects: "image" | "nothing" = "nothing",
): AsyncGenerator<DaemonEvent, void, undefined> {
  let imageSeen = false;
  for await (const line of lines(chunks)) {
    const event = parseEvent(line);
    if (event !== undefined) {
      imageSeen ||= event.type === "image";
      yield event;
    }
  }
  if (expects === "image" && !imageSeen) {
    throw new DockerError(
      "DOCKER_REQUEST_FAILED",
      "Building an image: the daemon's answer ended without naming an image",
      {
        hint: "The daemon was stopped or the connection to it was cut: try again",
      },
    );
  }
}

async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  // Lines are cut as bytes: a chunk may end inside a character.
  let pieces: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      pieces.push(chunk.subarray(start, end));
      yield Buffer.concat(pieces).toString();
      pieces = [];
      start = end + 1;
    }
    pieces.push(chunk.subarray(start));
  }
  yield Buffer.concat(pieces).toString();
}

interface DaemonLine {
  stream?: unknown;
  status?: unknown;
  id?: unknown;
  aux?: { ID?: unknown } | null;
  progressDetail?: { current?: unknown; total?: unknown } | null;
  error?: unknown;
  errorDetail?: { code?: unknown; message?: unknown } | null;
}

function parseEvent(line: string): DaemonEvent | undefined {
  if (line.trim() === "") {
    return undefined;
  }
  const { stream, status, id, aux, progressDetail, error, errorDetail } = parseLine(line);
  if ((error !== undefined && error !== null) || (errorDetail !== undefined && errorDetail !== null)) {
    const message = errorDetail?.message ?? error;
    const text = typeof message === "string" ? message.trim() : JSON.stringify(message);
    throw new DockerError("DOCKER_REQUEST_FAILED", text, { exitCode: exitCodeOf(errorDetail?.code, text) });
  }
  if (typeof aux?.ID === "string") {
    return { type: "image", imageId: aux.ID };
  }
  if (typeof stream === "string") {
    return { type: "log", text: stream };
  }
  if (typeof status === "string") {
    return {
      type: "progress",
      status,
      ...(typeof id === "string" && { layer: id }),
      ...(typeof progressDetail?.current === "number" && { currentBytes: progressDetail.current }),
      ...(typeof progressDetail?.total === "number" && { totalBytes: progressDetail.total }),
    };
  }
  return undefined;
}

/** Podman has it in its words only. */
function exitCodeOf(code: unknown, message: string): number | undefined {
  const exitCode = typeof code === "number" ? code : Number(/: exit status (\d+)$/.exec(message)?.[1] ?? 0);
  return exitCode === 0 ? undefined : exitCode;
}

function parseLine(line: string): DaemonLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw malformed(line, cause);
  }
  if (typeof value !== "object" || value === null) {
    throw malformed(line, undefined);
  }
  return value;
}

function malformed(line: string, cause: unknown): DockerError {
  const message = `Reading the daemon's answer: not a line of JSON: ${JSON.stringify(line.slice(0, 200))}`;
  return new DockerError("DOCKER_REQUEST_FAILED", message, { cause });
}
