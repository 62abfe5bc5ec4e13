/** Our runtime beside aws-lambda-ric and a bare socket loop: per invocation, and from spawn to the first `next`. */
import { buildExample } from "./build-example.ts";
import { runChild } from "./child.ts";
import { startCountingRuntimeApi, type CountingRuntimeApi } from "./counting-runtime-api.ts";
import { printTable } from "./print-table.ts";
import { runtimeSubjects, startSubject, unexpectedOutput, type RuntimeSubject } from "./runtime-subjects.ts";
import { format, median, ratio } from "./statistics.ts";

const rounds = 5;
const spawns = 15;

/** Events by their size, and how many of them make a round. */
const loads = [
  {
    name: "a trivial event",
    module: "trivial-handler",
    event: '{"name":"Ada","items":[1,2,3]}',
    warmUp: 2000,
    invocations: 20_000,
  },
  {
    name: "an event of 256 KB, echoed",
    module: "echo-handler",
    event: jsonOf(256 * 1024),
    warmUp: 100,
    invocations: 500,
  },
  {
    name: "an event of 6 MB, echoed",
    module: "echo-handler",
    event: jsonOf(6_291_456 - 64),
    warmUp: 5,
    invocations: 20,
  },
] as const;

/** An array of orders, as JSON of about this many bytes. */
function jsonOf(bytes: number): string {
  const order = (id: number): string => JSON.stringify({ id, name: "Ada", items: [1, 2, 3], note: "x".repeat(40) });
  const orders: string[] = [];
  for (let length = 2; length < bytes - 120; length += (orders.at(-1)?.length ?? 0) + 1)
    orders.push(order(orders.length));
  return `[${orders.join(",")}]`;
}

/** Prints the tables. */
export async function measureRuntime(): Promise<void> {
  for (const load of loads) {
    const subjects = await runtimeSubjects(load.module);
    const api = await startCountingRuntimeApi({ event: load.event });
    const timings = subjects.map((subject) => ({ subject, us: [] as number[], cpuUs: [] as number[] }));
    for (let round = 0; round < rounds; round++) {
      for (const each of timings) await timeInvocations(each, api, load);
    }
    printTable(
      `runtime: µs per invocation with ${load.name}, median of ${rounds} rounds of ${format(load.invocations)}`,
      ["", "µs", "ours / it", "CPU µs", "ours / it"],
      timings.map(({ subject, us, cpuUs }) => {
        const isOurs = subject === subjects[0];
        return [
          subject.name,
          format(median(us)),
          isOurs ? "" : ratio(median(timings[0]?.us ?? []), median(us)),
          format(median(cpuUs)),
          isOurs ? "" : ratio(median(timings[0]?.cpuUs ?? []), median(cpuUs)),
        ];
      }),
    );
    api.close();
  }
  await measureFirstNext(await runtimeSubjects("trivial-handler"));
}

interface Timing {
  readonly subject: RuntimeSubject;
  readonly us: number[];
  /** Processor time per invocation: steadier than the time on a machine that is shared. */
  readonly cpuUs: number[];
}

async function timeInvocations(
  { subject, us, cpuUs }: Timing,
  api: CountingRuntimeApi,
  { warmUp, invocations }: (typeof loads)[number],
): Promise<void> {
  const child = startSubject(subject, api);
  const mark = async (count: number) => ({ atMs: await api.reached(count), cpuMs: child.cpuMs() });
  try {
    const marks = Promise.all([mark(warmUp), mark(warmUp + invocations)]);
    const [from, to] = await Promise.race([marks, child.firstLine.then(unexpectedOutput)]);
    us.push(((to.atMs - from.atMs) * 1000) / invocations);
    cpuUs.push((((to.cpuMs ?? Number.NaN) - (from.cpuMs ?? Number.NaN)) * 1000) / invocations);
  } finally {
    await child.stop();
    api.reset();
  }
}

async function measureFirstNext(subjects: readonly RuntimeSubject[]): Promise<void> {
  const api = await startCountingRuntimeApi();
  const executable = async (engine: "bun" | "node", name: string): Promise<RuntimeSubject> => ({
    name,
    command: [(await buildExample("hello", engine)).bootstrap],
    module: "trivial-handler",
  });
  const starters = [
    ...subjects,
    await executable("bun", "Bun executable"),
    await executable("node", "Node.js executable"),
  ];
  const timings = starters.map((subject) => ({ subject, ms: [] as number[] }));
  const nothing: number[] = [];
  for (let round = 0; round < spawns; round++) {
    for (const { subject, ms } of timings) ms.push(await timeFirstNext(subject, api));
    nothing.push((await runChild([process.execPath, "--eval", ""])).durationMs);
  }
  const ours = median(timings[0]?.ms ?? []);
  printTable(
    `runtime: ms from spawn to the first next, median of ${spawns}`,
    ["", "ms", "ours / it"],
    [
      ...timings.map(({ subject, ms }, index) => [
        subject.name,
        format(median(ms)),
        index === 0 ? "" : ratio(ours, median(ms)),
      ]),
      ["node --eval '', spawn to exit", format(median(nothing)), ratio(ours, median(nothing))],
    ],
  );
  api.close();
}

async function timeFirstNext(subject: RuntimeSubject, api: CountingRuntimeApi): Promise<number> {
  const reached = api.reached(0);
  const startedMs = performance.now();
  const child = startSubject(subject, api);
  try {
    return (await Promise.race([reached, child.firstLine.then(unexpectedOutput)])) - startedMs;
  } finally {
    await child.stop();
    api.reset();
  }
}
