/**
 * The emulator of a soak with all its features on, in a process of its own. Prints its address, then every five seconds, and
 * once more when it is closed, what the process holds; and the report of each failure that was not asked for. To be run with
 * --expose-gc; the argument is a `SoakPlaces`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { startEmulator } from "runtime-aws-lambda/emulator";

/** Paths of what it runs. */
export interface SoakPlaces {
  /** Is changed while it runs. */
  readonly changing: string;
  readonly handler: string;
  readonly page: string;
  readonly stream: string;
  /** A layer with the extension that subscribes to telemetry. */
  readonly layer: string;
}

/** What the process holds, after its garbage was collected. */
export interface SoakSample {
  readonly atMs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Open files and sockets. */
  readonly descriptors: number;
  /** Sockets, timers and servers that keep it alive. */
  readonly resources: number;
  /** Bootstraps and extensions. */
  readonly processes: number;
  readonly logLines: number;
}

const sampleIntervalMs = 5000;
const places = JSON.parse(process.argv[2] ?? "") as SoakPlaces;
const { handler: source } = places;
let logLines = 0;

const emulator = await startEmulator({
  functions: {
    hello: { source: places.changing, concurrency: 4 },
    url: { source, concurrency: 2 },
    page: { source: places.page, concurrency: 2, url: { invokeMode: "RESPONSE_STREAM" } },
    api: { source, concurrency: 2, logging: { format: "JSON" } },
    stream: { source: places.stream, timeoutMs: 60_000, concurrency: 20 },
    observed: {
      source,
      layers: [places.layer],
      // Its environment comes and goes.
      idleTimeoutMs: 3000,
      environment: {
        PATH: process.execPath.replace(/[^/]+$/, ""),
        TELEMETRY_HOST: "127.0.0.1",
      },
    },
    snapshot: { source, snapStart: true, idleTimeoutMs: 4000 },
    tenants: { source, tenantIsolation: true, idleTimeoutMs: 2000, concurrency: 4 },
    queued: {
      source,
      schedules: ["rate(1 minute)", "cron(* * * * ? *)"],
      eventInvokeConfig: { retryDelaysMs: [200, 400], onSuccess: "function:audit", onFailure: "function:audit" },
    },
    audit: { source, concurrency: 2 },
    failing: { source, timeoutMs: 500 },
  },
  api: { type: "http-api", routes: { "GET /orders/{id}": "api" } },
  watch: true,
  onLog({ functionName, line }) {
    logLines++;
    const isMeantToFail = functionName === "failing" || functionName === "observed" || functionName === "queued";
    if (!isMeantToFail && line.includes("\tStatus: ")) console.log(`${functionName}: ${line}`);
  },
});

function sample(): void {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const taken: SoakSample = {
    atMs: performance.now(),
    rssBytes: rss,
    heapBytes: heapUsed,
    descriptors: readdirSync("/proc/self/fd").length,
    resources: process.getActiveResourcesInfo().length,
    processes: readdirSync("/proc/self/task").flatMap(childrenOf).length,
    logLines,
  };
  console.log(JSON.stringify(taken));
}

function childrenOf(thread: string): string[] {
  return readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" ").filter(Boolean);
}

const timer = setInterval(sample, sampleIntervalMs);
process.once("SIGTERM", () => {
  clearInterval(timer);
  void emulator.close().then(() => setImmediate(sample));
});
console.log(emulator.url);
