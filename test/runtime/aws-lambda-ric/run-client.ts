/** Runs a handler under one of two clients of the Runtime API, and notes what goes over the wire and into the log. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { event, startScriptedRuntimeApi, type ReceivedRequest } from "../../support/scripted-runtime-api.ts";

const repositoryFile = (path: string): string => new URL(`../../../${path}`, import.meta.url).pathname;
const programs = {
  ours: repositoryFile("dist/runtime/bootstrap.js"),
  theirs: repositoryFile("test/peers/aws-lambda-ric/node_modules/.bin/aws-lambda-ric"),
} as const;

/** Why there is nothing to compare with, or undefined. */
export const whyNoPeer: string | undefined = existsSync(programs.theirs)
  ? undefined
  : "aws-lambda-ric is not installed: npm --prefix test/peers/aws-lambda-ric ci";

/** One handler, one event, and the settings that matter. */
export interface Case {
  /** `_HANDLER`, below `test/fixtures/compared`. */
  readonly handler: string;
  readonly event?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** What can be compared. */
export interface Observation {
  /** Everything that was posted. */
  readonly posts: readonly object[];
  /** Lines of standard output, without their time. */
  readonly log: readonly unknown[];
  readonly exitCode: number | null;
}

/** Runs it until the script has nothing more: `next` is refused then, and either client ends. */
export async function runClient(client: keyof typeof programs, each: Case): Promise<Observation> {
  await using api = await startScriptedRuntimeApi(
    [event(each.event ?? '{"name":"Ada"}', each.headers)],
    {},
    // AWS's client asks for the next event before the trailers of a failed stream are sent.
    1,
  );
  const child = spawn(process.execPath, [programs[client]], {
    env: {
      PATH: process.env["PATH"],
      AWS_LAMBDA_RUNTIME_API: api.authority,
      AWS_LAMBDA_FUNCTION_NAME: "compared",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/compared",
      AWS_LAMBDA_LOG_STREAM_NAME: "stream",
      LAMBDA_TASK_ROOT: repositoryFile("test/fixtures/compared"),
      _HANDLER: each.handler,
      ...each.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", resolve);
  });
  const [stdout, exitCode] = await Promise.all([text(child.stdout), exited, text(child.stderr)]);
  // How a client ends when the script has ended is no behaviour: only what it does before that is.
  const hasEnded = api.requests.filter(({ route }) => route.startsWith("GET")).length > 1;
  return {
    posts: api.requests.filter(({ route }) => route.startsWith("POST")).map(normalizePost),
    log: stdout
      .split("\n")
      // The native client of aws-lambda-ric says in this form why it ends, which is the end of the script.
      .filter((line) => line !== "" && !line.includes("LAMBDA_RUNTIME Failed to get next invocation"))
      .map(normalizeLine),
    exitCode: hasEnded ? 0 : exitCode,
  };
}

const comparedHeaders = /^(content-type|transfer-encoding|trailer|lambda-.*)$/;

function normalizePost({ route, headers, body, trailers }: ReceivedRequest): object {
  const kept = Object.entries(headers).filter(([name]) => comparedHeaders.test(name));
  return {
    route: route.replace("/2018-06-01/runtime", ""),
    headers: Object.fromEntries(kept.map(([name, value]) => [name, normalizeHeader(name, String(value))])),
    body: parse(body),
    trailers: Object.fromEntries(
      Object.entries(trailers).map(([name, value = ""]) => [
        name,
        name.endsWith("-body") ? parse(Buffer.from(value, "base64").toString()) : value,
      ]),
    ),
  };
}

function normalizeHeader(name: string, value: string): unknown {
  if (!name.endsWith("-xray-error-cause")) return value;
  const { exceptions } = JSON.parse(value) as { exceptions: { type: string; message: string }[] };
  return exceptions.map(({ type, message }) => ({ type, message }));
}

/** JSON is compared by its members, and stacks by being there: they name the files of each client. */
function parse(body: string): unknown {
  try {
    return withoutStacks(JSON.parse(body));
  } catch {
    return body;
  }
}

function withoutStacks(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/\nRequire stack:[^]*/, " (require stack)");
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutStacks);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      /^(stack|stackTrace|trace)$/.test(name) && Array.isArray(member)
        ? member.length === 0
          ? "none"
          : `stack of ${member[0]}`
        : withoutStacks(member),
    ]),
  );
}

function normalizeLine(line: string): unknown {
  if (line.startsWith("{")) {
    const { timestamp, ...entry } = JSON.parse(line) as { timestamp?: string; message?: unknown };
    return withoutStacks({
      ...entry,
      timestamp: timestamp === undefined ? "missing" : "there",
      message: cutText(entry.message),
    });
  }
  const [, rest = line] = /^\d{4}-\S+Z(\t.*)$/.exec(line) ?? [];
  const [, head, json] = /^(.*?\t)(\{.*\})$/.exec(rest) ?? [];
  return json === undefined ? cutText(rest.replace(/^[-0-9T:.]+Z\t/, "\t")) : [head, parse(json)];
}

/** A stack inside of a text ends it. */
function cutText(value: unknown): unknown {
  return typeof value === "string" ? value.replace(/[\r\n]+ {4}at [^]*?($|\{)/, " (stack) $1") : value;
}
