/** The one place where a failure of dockerode or of the connection becomes a DockerError. */
import { DockerError } from "./errors.ts";

const connectionErrors: readonly string[] = ["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE"];

/** Wraps what dockerode or node threw. The daemon's own words are in the body, `json`. */
export function requestFailed(doing: string, error: unknown): DockerError {
  const { statusCode, json, message } = error as Error & { statusCode?: number; json?: { message?: string } | null };
  const words = typeof json?.message === "string" ? json.message.trim() : message;
  const answer = statusCode === undefined ? words : `HTTP ${statusCode}: ${words}`;
  const isBroken = connectionErrors.includes((error as NodeJS.ErrnoException).code ?? "");
  return new DockerError("DOCKER_REQUEST_FAILED", `${doing} failed: ${answer}`, {
    cause: error,
    statusCode,
    ...(isBroken && {
      hint: "Is the Docker daemon still running? What it was doing for this command the next build removes",
    }),
  });
}
