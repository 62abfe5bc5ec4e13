/** Plays one case on a stage, and tells in sentences what was not as expected. */
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";
import type { BootstrapStep, CallerRequest, ConformanceCase, ExpectedAnswer, Pattern } from "./behaviour.ts";
import { readEventStream } from "../support/read-event-stream.ts";
import { matches, type Names } from "./pattern.ts";
import type { Observation, Stage } from "./stage.ts";
import { invocationsPath } from "./steps.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
}
interface Call {
  readonly expected: CallerRequest;
  readonly answer: Promise<Answer>;
}

/** Of a line, and of a pattern of one. */
const isPlatformLine =
  /^\^?(?:START|END|REPORT|INIT_REPORT|RESTORE_REPORT) |^\{"time":|^(?:EXTENSION|TELEMETRY|LOGS)\t/;

/** @returns the differences, none when the emulator conforms */
export async function playCase(stage: Stage, functionName: string, played: ConformanceCase): Promise<string[]> {
  const answers = await callInOrder(stage, functionName, played.invoke);
  const ids = answers.map(({ headers }) => String(headers["x-amzn-requestid"]));
  const numbered = Object.fromEntries(ids.map((id, index) => [`requestId${index + 1}`, id]));
  const names: Names = { functionName, requestId: ids, ...numbered };
  const differences = played.invoke.flatMap((expected, index) => {
    const [where, own] = [`request ${index + 1}`, { ...names, requestId: ids[index] ?? "" }];
    const answer = answers[index];
    if (answer === undefined) return [`${where}: not sent`];
    return [
      ...compareAnswer(where, expected.expect, answer, own),
      ...compareTail(where, expected, answer, own),
      ...compareMessages(where, expected, answer, own),
    ];
  });
  return [
    ...differences,
    ...(await compareObservations(stage, functionName, played.bootstrap ?? [], false, names)),
    ...(await compareObservations(stage, functionName, played.extension ?? [], true, names)),
    ...(await compareLog(stage, functionName, played.log, names)),
    ...(await compareRecords(stage, functionName, played.records ?? {}, names)),
  ];
}

async function callInOrder(
  stage: Stage,
  functionName: string,
  requests: readonly CallerRequest[],
): Promise<readonly Answer[]> {
  const calls: Call[] = [];
  const line = (pattern: Pattern): Promise<void> =>
    stage.until(() => stage.log(functionName).some((event) => matches(pattern, event.line, { functionName })));
  const reports = (count: number): Promise<void> =>
    stage.until(() => stage.log(functionName).filter((event) => event.line.startsWith("REPORT ")).length >= count);
  for (const expected of requests) {
    // oxlint-disable no-await-in-loop -- in order
    if (expected.after !== undefined) await line(expected.after);
    if (expected.afterReports !== undefined) await reports(expected.afterReports);
    const answer = send(stage.url, functionName, expected);
    calls.push({ expected, answer });
    await (expected.until === undefined ? answer : line(expected.until));
    // oxlint-enable no-await-in-loop
  }
  return Promise.all(calls.map(({ answer }) => answer));
}

function send(url: string, functionName: string, given: CallerRequest): Promise<Answer> {
  const { method = "POST", path = invocationsPath, headers = {}, body = "{}", times = 1 } = given;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { hostname, port } = new URL(url);
  const outgoing = httpRequest(
    { hostname, port, method, path: path.replaceAll("{functionName}", functionName), headers, agent: false },
    (response) => {
      buffer(response)
        .then((bytes) => {
          const { statusCode: status = 0, headers: received } = response;
          resolve({ status, headers: received, body: bytes.toString(), bytes });
        })
        .catch(reject);
    },
  ).once("error", reject);
  outgoing.end(method === "POST" || method === "PUT" ? body.repeat(times) : undefined);
  return promise;
}

function compareAnswer(where: string, expected: ExpectedAnswer, actual: Answer, names: Names): string[] {
  const differences: string[] = [];
  if (actual.status !== expected.status) differences.push(differ(`${where}: status`, expected.status, actual.status));
  for (const [name, pattern] of Object.entries(expected.headers ?? {})) {
    differences.push(...compareText(`${where}: ${name}`, pattern, actual.headers[name.toLowerCase()], names));
  }
  if (expected.body !== undefined) {
    differences.push(...compareText(`${where}: body`, expected.body, actual.body, names));
  }
  return differences;
}

function compareTail(where: string, { logTail }: CallerRequest, { headers }: Answer, names: Names): string[] {
  if (logTail === undefined) return [];
  const tail = Buffer.from(String(headers["x-amz-log-result"] ?? ""), "base64").toString();
  return compareText(`${where}: log tail`, logTail, tail.replaceAll(/^\{"observed":.*\n/gm, ""), names);
}

function compareMessages(where: string, { messages }: CallerRequest, { bytes }: Answer, names: Names): string[] {
  if (messages === undefined) return [];
  const found: [name: string, payload: string][] = [];
  for (const { headers, payload } of readEventStream(bytes)) {
    const name = headers[":event-type"] ?? "";
    const last = found.at(-1);
    if (name === "PayloadChunk" && last?.[0] === name) last[1] += payload.toString();
    else found.push([name, payload.toString()]);
  }
  return compareLines(
    where,
    messages,
    found.map((each) => each.join(" ")),
    names,
  );
}

/** Every step that is looked at has to be seen, and to be right whenever it is: scripts are played again after a crash. */
async function compareObservations(
  stage: Stage,
  functionName: string,
  steps: readonly BootstrapStep[],
  ofExtension: boolean,
  names: Names,
): Promise<string[]> {
  const looked = steps.flatMap((step, index) => ("expect" in step && step.expect !== undefined ? [index] : []));
  const seen = (index: number): readonly Observation[] =>
    stage.observations(functionName).filter((each) => each.step === index && each.ofExtension === ofExtension);
  await stage.until(() => looked.every((index) => seen(index).length > 0));
  return looked.flatMap((index) => {
    const where = `${ofExtension ? "extension, " : ""}step ${index}`;
    const all = seen(index);
    if (all.length === 0) return [`${where}: not observed`];
    return all.flatMap(({ observed }) => compareStep(where, steps[index], observed, names));
  });
}

function compareStep(
  where: string,
  step: BootstrapStep | undefined,
  observed: Observation["observed"],
  names: Names,
): string[] {
  if (step?.do !== "inspect") {
    const { expect } = step as { readonly expect: ExpectedAnswer };
    return compareAnswer(where, expect, observed as unknown as Answer, names);
  }
  return Object.entries(step.expect).flatMap(([name, pattern]) =>
    compareText(`${where}: ${name}`, pattern, observed[name] as string | undefined, names),
  );
}

async function compareLog(
  stage: Stage,
  functionName: string,
  expected: readonly Pattern[] | undefined,
  names: Names,
): Promise<string[]> {
  if (expected === undefined) return [];
  await stage.until(() => stage.log(functionName).length >= expected.length);
  const lines = stage.log(functionName);
  if (stage.launcher === "host")
    return compareLines(
      "log",
      expected,
      lines.map(({ line }) => line),
      names,
    );
  return (["platform", "function"] as const).flatMap((source) =>
    compareLines(
      `${source} lines`,
      expected.filter(
        (each) => isPlatformLine.test(typeof each === "string" ? each : each.source) === (source === "platform"),
      ),
      lines.filter((event) => event.source === source).map(({ line }) => line),
      names,
    ),
  );
}

async function compareRecords(
  stage: Stage,
  functionName: string,
  expected: Readonly<Record<string, readonly Pattern[]>>,
  names: Names,
): Promise<string[]> {
  const kinds = Object.entries(expected);
  await stage.until(() => kinds.every(([kind, { length }]) => stage.records(functionName, kind).length >= length));
  return kinds.flatMap(([kind, bodies]) => compareLines(kind, bodies, stage.records(functionName, kind), names));
}

function compareLines(where: string, expected: readonly Pattern[], actual: readonly string[], names: Names): string[] {
  const isSame =
    expected.length === actual.length && expected.every((pattern, index) => matches(pattern, actual[index], names));
  return isSame ? [] : [differ(where, `\n${expected.join("\n")}\n`, `\n${actual.join("\n")}\n`)];
}

function compareText(where: string, expected: Pattern | undefined, actual: unknown, names: Names): string[] {
  const isSame = expected === undefined ? actual === undefined : matches(expected, actual as string | undefined, names);
  return isSame ? [] : [differ(where, expected, typeof actual === "string" ? actual.slice(0, 2000) : actual)];
}

function differ(where: string, expected: unknown, actual: unknown): string {
  return `${where}: expected ${String(expected)}, got ${String(actual)}`;
}
