/** An extension on AWS's `lambda-extension` (Rust) beside functions: events, telemetry, shutdown. */
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "vitest";
import { startEmulator, type FunctionOptions, type LogEvent } from "../../emulator/index.ts";
import { repositoryFolder } from "../support/run-command.ts";
import { baseImageFor, dockerTest } from "../support/docker.ts";
import { skipWithReason } from "../support/requirement.ts";
import { test } from "../support/temporary-folder.ts";

const peer = `${repositoryFolder}test/peers/rust/bin/lambda-extension-peer`;
const whyNot = existsSync(peer) ? undefined : `${peer} is not there: test/peers/build.sh`;
const source = `${repositoryFolder}test/fixtures/functions/misbehave.ts`;

const scripted = `${repositoryFolder}test/peers/go/bin/scripted-bootstrap`;
const containerPlatform = "al2023-x86_64";
const baseImage = baseImageFor(containerPlatform);

/** The crate listens on a port that has to be named. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

interface Seen {
  /** What the extension printed. */
  readonly events: readonly string[];
  /** Parsed by the crate into its own types, and printed again. */
  readonly telemetry: readonly { readonly type: string; readonly record: unknown }[];
  readonly requestIds: readonly string[];
  readonly platform: readonly string[];
}

async function see(
  folder: string,
  invocations: readonly object[],
  options: Partial<FunctionOptions> = {},
): Promise<Seen> {
  mkdirSync(join(folder, "layer/extensions"), { recursive: true });
  copyFileSync(peer, join(folder, "layer/extensions/lambda-extension-peer"));
  const log: LogEvent[] = [];
  {
    await using emulator = await startEmulator({
      functions: { it: { source, layers: [join(folder, "layer")], ...options } },
      docker: {
        environment: process.env,
        baseImages: baseImage === undefined ? {} : { [containerPlatform]: baseImage },
      },
      onLog: (event) => log.push(event),
    });
    for (const event of invocations) {
      // oxlint-disable-next-line no-await-in-loop -- in order
      await emulator.invoke("it", event);
    }
  }
  const of = (wanted: LogEvent["source"]): string[] =>
    log.filter((event) => event.source === wanted).map((event) => event.line);
  const printed = of("extension");
  return {
    events: printed.filter((each) => !each.startsWith("telemetry ")),
    telemetry: printed
      .filter((each) => each.startsWith("telemetry "))
      .map((each) => JSON.parse(each.slice("telemetry ".length)) as Seen["telemetry"][number]),
    requestIds: of("platform").flatMap((each) => /^START RequestId: (\S+)/.exec(each)?.[1] ?? []),
    platform: of("platform"),
  };
}

const arn = "arn:aws:lambda:us-east-1:000000000000:function:it";
const trace = "Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0";

test("gets an event for each invocation and one at the end", async ({ folder, skip }) => {
  skipWithReason(skip, whyNot);
  const { events, requestIds, platform } = await see(folder, [{ how: "well" }, { how: "well" }]);
  expect(events).toEqual([
    expect.stringMatching(new RegExp(`^INVOKE ${requestIds[0]} ${arn} ${trace}$`)),
    expect.stringMatching(new RegExp(`^INVOKE ${requestIds[1]} ${arn} ${trace}$`)),
    "SHUTDOWN spindown",
  ]);
  expect(platform[0]).toBe("EXTENSION\tName: lambda-extension-peer\tState: Ready\tEvents: [INVOKE, SHUTDOWN]");
});

test("reads the telemetry of a success, an error and a crash", async ({ folder, skip }) => {
  skipWithReason(skip, whyNot);
  const environment = { TELEMETRY_PORT: String(await freePort()) };
  const { telemetry, requestIds } = await see(folder, [{ how: "print" }, { how: "throw" }, { how: "exit" }], {
    environment,
  });
  const records = (type: string): unknown[] =>
    telemetry.filter((each) => each.type === type).map(({ record }) => record);
  expect(telemetry.map(({ type }) => type)).toEqual(
    expect.arrayContaining([
      "platform.initStart",
      "platform.telemetrySubscription",
      "platform.extension",
      "platform.initRuntimeDone",
      "platform.initReport",
      "function",
    ]),
  );
  expect(records("platform.start")).toMatchObject(requestIds.map((requestId) => ({ requestId, version: "$LATEST" })));
  expect(records("platform.runtimeDone")).toMatchObject([
    { requestId: requestIds[0], status: "success", metrics: { producedBytes: expect.any(Number) as number } },
    { requestId: requestIds[1], status: "error" },
    { requestId: requestIds[2], status: "error", errorType: "Runtime.ExitError" },
  ]);
  expect(records("platform.report")).toMatchObject([
    { status: "success", metrics: { memorySizeMB: 128, initDurationMs: expect.any(Number) as number } },
    { status: "error", spans: [{ name: "extensionOverhead" }] },
    { status: "error", errorType: "Runtime.ExitError" },
  ]);
});

test.for([
  ["hang", "timeout", "timeout"],
  // At once: the crate asks for the memory of a process that nobody had looked at before.
  ["exit", "failure", "error"],
] as const)("is told why it has to go: %s", async ([how, reason, status], { folder, skip }) => {
  skipWithReason(skip, whyNot);
  const environment = { TELEMETRY_PORT: String(await freePort()) };
  const { events, telemetry } = await see(folder, [{ how }], { environment, timeoutMs: 500 });
  expect(events).toContain(`SHUTDOWN ${reason}`);
  expect(telemetry.find(({ type }) => type === "platform.report")).toMatchObject({ record: { status } });
});

dockerTest("in a container", { platforms: [containerPlatform] }, async ({ folder, skip }) => {
  skipWithReason(skip, whyNot ?? (existsSync(scripted) ? undefined : `${scripted} is not there`));
  const environment = { TELEMETRY_PORT: "4243", SCRIPT: "[]" };
  const options = { source: scripted, platform: containerPlatform, environment } as const;
  const { events, telemetry, requestIds } = await see(folder, [{ how: "well" }], options);
  expect(events).toEqual([expect.stringMatching(`^INVOKE ${requestIds[0]} `), "SHUTDOWN spindown"]);
  expect(telemetry.map(({ type }) => type)).toEqual(expect.arrayContaining(["platform.initStart", "platform.start"]));
  expect(telemetry.find(({ type }) => type === "platform.report")).toMatchObject({ record: { status: "success" } });
});
