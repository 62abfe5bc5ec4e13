/** Streamed responses: MiB per second to a consumer on this machine, and the memory they take. */
import { startCountingRuntimeApi } from "./counting-runtime-api.ts";
import { printTable } from "./print-table.ts";
import { runtimeSubjects, startSubject, unexpectedOutput, type RuntimeSubject } from "./runtime-subjects.ts";
import { format, median, ratio } from "./statistics.ts";

const rounds = 5;
const mibibyte = 1_048_576;
/** Two sizes show whether memory grows with the response. */
const sizesMib = [20, 200] as const;

interface Timing {
  readonly subject: RuntimeSubject;
  readonly mibPerSecond: number[];
  /** Processor time of the runtime: what is left when the consumer sets the pace. */
  readonly cpuMs: number[];
  readonly peakMib: Record<(typeof sizesMib)[number], number[]>;
}

/** Prints the table. */
export async function measureStream(): Promise<void> {
  const subjects = await runtimeSubjects("stream-handler");
  const timings: Timing[] = subjects.map((subject) => ({
    subject,
    mibPerSecond: [],
    cpuMs: [],
    peakMib: { 20: [], 200: [] },
  }));
  for (let round = 0; round < rounds; round++) {
    for (const each of timings) for (const mib of sizesMib) await timeStream(each, mib);
  }
  const [ours] = timings;
  printTable(
    `stream: a response of ${sizesMib[1]} MiB in pieces of 64 KiB, median of ${rounds}`,
    ["", "MiB/s", "ours / it", "CPU ms", "ours / it", ...sizesMib.map((mib) => `peak MiB after ${mib}`)],
    timings.map((each) => [
      each.subject.name,
      format(median(each.mibPerSecond)),
      each === ours ? "" : ratio(median(ours?.mibPerSecond ?? []), median(each.mibPerSecond)),
      format(median(each.cpuMs)),
      each === ours ? "" : ratio(median(ours?.cpuMs ?? []), median(each.cpuMs)),
      ...sizesMib.map((mib) => format(median(each.peakMib[mib]))),
    ]),
  );
}

async function timeStream(
  { subject, mibPerSecond, cpuMs, peakMib }: Timing,
  mib: (typeof sizesMib)[number],
): Promise<void> {
  const api = await startCountingRuntimeApi({ event: JSON.stringify({ mib }) });
  const child = startSubject(subject, api);
  try {
    const mark = async (count: number) => ({ atMs: await api.reached(count), cpuMs: child.cpuMs() ?? Number.NaN });
    const marks = Promise.all([mark(0), mark(1)]);
    const [from, to] = await Promise.race([marks, child.firstLine.then(unexpectedOutput)]);
    if (api.bodyBytes() !== mib * mibibyte) throw new Error(`${subject.name} sent ${api.bodyBytes()} bytes`);
    peakMib[mib].push((child.peakMemoryBytes() ?? Number.NaN) / mibibyte);
    if (mib !== sizesMib[1]) return;
    mibPerSecond.push(mib / ((to.atMs - from.atMs) / 1000));
    cpuMs.push(to.cpuMs - from.cpuMs);
  } finally {
    await child.stop();
    api.reset();
    api.close();
  }
}
