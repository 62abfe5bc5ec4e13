/** Plays the runtime's behaviours on the native engine and on Node.js. Run by itself it writes the table of docs/engines.md. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleFunction } from "../../bundle/index.ts";
import { nativeEnginePath } from "../support/native-engine.ts";
import { event, startScriptedRuntimeApi, type ReceivedRequest } from "../support/scripted-runtime-api.ts";
import { behaviours, type Behaviour } from "./behaviours.ts";

const docs = fileURLToPath(new URL("../../docs/engines.md", import.meta.url));
const begin = "<!-- behaviours: node test/engine/parity.ts -->";
const end = "<!-- end of behaviours -->";

/** What a behaviour came to on the native engine, beside Node.js. */
export type Parity = "the same" | `differs: ${string}`;

/** What Lambda would see: requests, log, exit code. */
interface Observation {
  readonly requests: readonly unknown[];
  readonly log: readonly string[];
  readonly exit: number | string;
}

/** On both. */
async function compareEngines(behaviour: Behaviour): Promise<Parity> {
  const folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-parity-"));
  try {
    const source = join(folder, "handler.mjs");
    writeFileSync(source, behaviour.code);
    const native = await observe(behaviour, [await nativeEnginePath(), await bundle(source, "native")]);
    const node = await observe(behaviour, [process.execPath, await bundle(source, "module")]);
    return difference(linesOf(native), linesOf(node));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function bundle(source: string, format: "native" | "module"): Promise<string> {
  const { code } = await bundleFunction({ source, format });
  const file = join(source, `../${format}.mjs`);
  writeFileSync(file, code);
  return file;
}

async function observe(behaviour: Behaviour, [program, file]: readonly [string, string]): Promise<Observation> {
  const { events = ["{}"], environment = {}, answers = {}, signal } = behaviour;
  const headers = Object.entries(behaviour.headers ?? {}).map(([name, value]) => [
    name,
    value.replace("{soon}", String(Date.now() + 400)),
  ]);
  const script = events.map((body, index) =>
    event(body, {
      "Lambda-Runtime-Aws-Request-Id": `request-${index + 1}`,
      "Lambda-Runtime-Deadline-Ms": "4102444800000",
      ...(Object.fromEntries(headers) as Record<string, string>),
    }),
  );
  // Whoever is to be ended by a signal waits for the next event.
  await using api = await startScriptedRuntimeApi(script, answers, signal === undefined ? events.length : Infinity);
  const child = spawn(program, [file], {
    env: { PATH: "/usr/bin:/bin", TZ: "UTC", AWS_LAMBDA_RUNTIME_API: api.authority, ...variables, ...environment },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const closed = once(child, "close") as Promise<[number | null, string | null]>;
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    if (signal !== undefined && stdout.includes("ready")) child.kill(signal);
  });
  const [code, endedBy] = await closed;
  // Those of extensions go over connections of their own, at any time.
  const isOfExtension = ({ route }: ReceivedRequest): number => (route.includes("/extension/") ? 0 : 1);
  return {
    requests: api.requests.toSorted((a, b) => isOfExtension(a) - isOfExtension(b)).map(withoutEngine),
    log: stdout.split("\n").map(withoutStack),
    exit: code ?? endedBy ?? "",
  };
}

const variables: Readonly<Record<string, string>> = {
  AWS_LAMBDA_FUNCTION_NAME: "parity",
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
  AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/parity",
  AWS_LAMBDA_LOG_STREAM_NAME: "stream",
};
const headersOfRuntime = ["content-type", "transfer-encoding", "trailer", "lambda-extension-identifier"];

/** Without what differs from run to run, and without what is behind the first line of a stack. */
function withoutEngine({ route, headers, body, trailers }: ReceivedRequest): unknown {
  const told = Object.entries(headers).filter(
    ([name]) => headersOfRuntime.includes(name) || name.startsWith("lambda-runtime-"),
  );
  return {
    route,
    headers: told.map(([name, value]) => [name, parsed(String(value))]),
    body: parsed(body),
    trailers: Object.entries(trailers).map(([name, value]) => [name, parsed(fromBase64(value ?? ""))]),
  };
}

/** The position of the error comes with the engine; that there is a stack does not. */
function parsed(json: string): unknown {
  const lines = ["stackTrace", "stack"];
  try {
    return JSON.parse(json, (name, value: unknown) => {
      if (lines.includes(name)) return Array.isArray(value) ? value.slice(0, 1) : value;
      if (name === "exceptions") return (value as object[]).map((each) => ({ ...each, stack: [] }));
      return name === "paths" || name === "working_directory" ? "" : value;
    });
  } catch {
    return withoutStack(json);
  }
}

const fromBase64 = (value: string): string =>
  /^[\w+/]{8,}=*$/.test(value) ? Buffer.from(value, "base64").toString() : value;

function withoutStack(line: string): string {
  return line
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "now")
    .replaceAll(/(?:\r| {2,}| {4}|\\n)* {4}at [^\r\n"]*/g, "")
    .replaceAll(/"(stack|stackTrace)":\[("(?:[^"\\]|\\.)*")?[^\]]*\]/g, '"$1":[$2]');
}

function linesOf({ requests, log, exit }: Observation): string[] {
  return [...requests.map((each) => JSON.stringify(each)), ...log, `exit ${exit}`];
}

function difference(native: readonly string[], node: readonly string[]): Parity {
  const isOnlyIn = (others: readonly string[]) => (line: string) => !others.includes(line);
  const [here = "nothing", there = "nothing"] = [native.find(isOnlyIn(node)), node.find(isOnlyIn(native))];
  if (native.join("\n") === node.join("\n")) return "the same";
  // From where they part.
  let from = 0;
  while (here[from] === there[from] && from < here.length) from++;
  from = Math.max(0, from - 16);
  const part = (text: string): string => `\`${from > 0 ? "…" : ""}${text.slice(from, from + 60)}…\``;
  return `differs: ${part(here)} instead of ${part(there)}`;
}

/** The document with this table. */
export function withBehaviours(document: string, outcomes: readonly (readonly [string, Parity])[]): string {
  const rows = outcomes.map(([what, parity]) => `| ${what} | ${parity.replaceAll("|", "\\|")} |`);
  const [before, rest = ""] = document.split(begin);
  const table = ["| behaviour | beside Node.js |", "| --- | --- |", ...rows].join("\n");
  return `${before}${begin}\n\n${table}\n\n${end}${rest.split(end)[1] ?? ""}`;
}

/** All of them. */
export async function compareAll(): Promise<(readonly [string, Parity])[]> {
  const outcomes: (readonly [string, Parity])[] = [];
  // oxlint-disable-next-line no-await-in-loop -- one at a time is quick enough
  for (const each of behaviours) outcomes.push([each.what, await compareEngines(each)]);
  return outcomes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outcomes = await compareAll();
  for (const each of outcomes) console.log(each.join(": "));
  writeFileSync(docs, withBehaviours(readFileSync(docs, "utf8"), outcomes));
}
