/** Streamed responses through the emulator: how late the first byte is, and how many bytes go through in a second. */
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { inRepository } from "./bench-folder.ts";
import { startChild, type Child } from "./child.ts";
import { startCountingRuntimeApi } from "./counting-runtime-api.ts";
import { keepAwake } from "./keep-awake.ts";
import { printTable } from "./print-table.ts";
import { runtimeSubjects, startSubject, unexpectedOutput } from "./runtime-subjects.ts";
import { format, median } from "./statistics.ts";

const firstByteRounds = 100;
const throughputRounds = 7;
const mib = 200;
const megabytes = (mib * 1_048_576) / 1e6;
const emulatorProgram = fileURLToPath(new URL("./subjects/emulator.ts", import.meta.url));
const path = "/2021-11-15/functions/hello/response-streaming-invocations";

/** Prints the table. */
export async function measureStreaming(): Promise<void> {
  const delaysMs = await firstByteDelays();
  const { through, alone } = await throughput();
  printTable(
    "streaming: from the handler to the caller, pacing off",
    ["", "best", "median", "95 %"],
    [
      [
        `handler's write → SDK's first piece, ms, ${firstByteRounds} times`,
        format(Math.min(...delaysMs)),
        format(median(delaysMs)),
        format(percentile(delaysMs, 0.95)),
      ],
      rowOf(`${mib} MiB through the emulator, MB/s, ${throughputRounds} times`, through),
      rowOf("  the same of the runtime alone, to a consumer that counts", alone),
    ],
  );
}

function rowOf(name: string, perSecond: readonly number[]): string[] {
  return [name, format(Math.max(...perSecond)), format(median(perSecond)), ""];
}

function start(subject: string): Child {
  const source = inRepository(`bench/subjects/${subject}.mjs`);
  const hello = { source, concurrency: 1, timeoutMs: 60_000, memoryMib: 512 };
  return startChild([process.execPath, emulatorProgram, JSON.stringify({ hello })]);
}

/** Both processes read the same clock: CLOCK_MONOTONIC, clock_gettime(2). */
async function firstByteDelays(): Promise<number[]> {
  const child = start("time-handler");
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  const client = new LambdaClient({ endpoint: await child.firstLine, region: "us-east-1", credentials });
  const delaysMs: number[] = [];
  try {
    await keepAwake(async () => {
      for (let round = -5; round < firstByteRounds; round++) {
        const delayMs = await firstByteDelay(client);
        if (round >= 0) delaysMs.push(delayMs);
      }
    });
  } finally {
    client.destroy();
    await child.stop("SIGTERM");
  }
  return delaysMs;
}

async function firstByteDelay(client: LambdaClient): Promise<number> {
  const { EventStream } = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "hello" }));
  let delayMs = Number.NaN;
  for await (const { PayloadChunk } of EventStream ?? []) {
    if (PayloadChunk?.Payload === undefined) continue;
    const nowNs = process.hrtime.bigint();
    delayMs = Number(nowNs - BigInt(Buffer.from(PayloadChunk.Payload).toString())) / 1e6;
  }
  return delayMs;
}

/** In turns. */
async function throughput(): Promise<{ readonly through: number[]; readonly alone: number[] }> {
  const child = start("stream-handler");
  const [through, alone]: [number[], number[]] = [[], []];
  try {
    const { host, hostname, port } = new URL(await child.firstLine);
    for (let round = -1; round < throughputRounds; round++) {
      const ms = await receive(hostname, Number(port), host);
      const aloneMs = await runtimeAlone();
      if (round >= 0) through.push(megabytes / (ms / 1000));
      if (round >= 0) alone.push(megabytes / (aloneMs / 1000));
    }
  } finally {
    await child.stop("SIGTERM");
  }
  return { through, alone };
}

/** From the first byte of the answer to the last, read by a socket that only counts. */
function receive(hostname: string, port: number, host: string): Promise<number> {
  const body = JSON.stringify({ mib });
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port });
    let bytes = 0;
    let firstMs: number | undefined;
    socket.once("error", reject);
    socket.on("data", (chunk) => {
      firstMs ??= performance.now();
      bytes += chunk.length;
    });
    socket.once("close", () => {
      if (bytes >= mib * 1_048_576) resolve(performance.now() - (firstMs ?? Number.NaN));
      else reject(new Error(`only ${bytes} bytes came`));
    });
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  });
}

async function runtimeAlone(): Promise<number> {
  const [ours] = await runtimeSubjects("stream-handler");
  if (ours === undefined) throw new Error("there is no runtime");
  const api = await startCountingRuntimeApi({ event: JSON.stringify({ mib }) });
  const child = startSubject(ours, api);
  try {
    const marks = Promise.all([api.reached(0), api.reached(1)]);
    const [fromMs, toMs] = await Promise.race([marks, child.firstLine.then(unexpectedOutput)]);
    return toMs - fromMs;
  } finally {
    await child.stop();
    api.reset();
    api.close();
  }
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? Number.NaN;
}
