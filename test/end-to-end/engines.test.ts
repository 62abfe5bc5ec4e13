/** One function on every engine it can meet: Node.js 22, 24 and 26, both kinds of executable, and the native engine. */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { extractZip } from "../../archive/index.ts";
import { bundleFunction } from "../../bundle/index.ts";
import { startEmulator } from "../../emulator/index.ts";
import { nativeEnginePath } from "../support/native-engine.ts";
import { skipWithReason } from "../support/requirement.ts";
import { noDocker, repositoryFolder, runCommand } from "../support/run-command.ts";
import { event, startScriptedRuntimeApi, type ReceivedRequest } from "../support/scripted-runtime-api.ts";

const tour = `${repositoryFolder}test/fixtures/functions/tour.ts`;
const exportNames = ["handler", "callback", "streaming"] as const;
type ExportName = (typeof exportNames)[number];

const peer = (name: string): string => `${repositoryFolder}test/peers/node-versions/node_modules/${name}/bin/node`;
const nodes = { "Node.js 22": peer("node22"), "this Node.js": process.execPath, "Node.js 26": peer("node26") };
const executables = { "a Bun executable": "bun", "a Node.js single executable": "node" } as const;

let folder: string;
let native: string;
beforeAll(async () => {
  native = await nativeEnginePath();
  folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-engines-"));
  for (const exportName of exportNames) {
    // oxlint-disable-next-line no-await-in-loop
    const { code } = await bundleFunction({ source: tour, exportName, format: "module" });
    writeFileSync(join(folder, `${exportName}.mjs`), code);
    // oxlint-disable-next-line no-await-in-loop
    const forNative = await bundleFunction({ source: tour, exportName, format: "native" });
    writeFileSync(join(folder, `native-${exportName}.mjs`), forNative.code);
  }
  await Promise.all(
    Object.values(executables).flatMap((engine) => exportNames.map((exportName) => build(tour, engine, exportName))),
  );
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Builds on this machine, and unpacks the bootstrap. Returns its path. */
async function build(
  source: string,
  engine: "bun" | "node",
  exportName: string,
  name = `${engine}-${exportName}`,
): Promise<string> {
  const outDir = join(folder, name);
  mkdirSync(outDir);
  const args = [source, "--platform", "al2023-x86_64", "--engine", engine, "--handler", exportName, "--site", "host"];
  const options = ["--no-smoke-run", "--out-dir", outDir, "--quiet"];
  const { exitCode, stderr } = await runCommand("build", [...args, ...options], { environment: noDocker });
  if (exitCode !== 0) throw new Error(stderr);
  await extractZip(join(outDir, "function.zip"), outDir);
  chmodSync(join(outDir, "bootstrap"), 0o755);
  return join(outDir, "bootstrap");
}

interface Observation {
  readonly posts: readonly ReceivedRequest[];
  readonly stdout: string;
}

async function serve(command: readonly string[], ...hows: readonly string[]): Promise<Observation> {
  const events = hows.map((how, index) =>
    event(JSON.stringify({ how }), { "Lambda-Runtime-Aws-Request-Id": `request-${index + 1}` }),
  );
  await using api = await startScriptedRuntimeApi(events, {}, hows.length);
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    env: { PATH: "/usr/bin:/bin", AWS_LAMBDA_RUNTIME_API: api.authority },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  await new Promise((resolve) => child.once("close", resolve));
  return { posts: api.requests.filter(({ route }) => route.startsWith("POST")), stdout };
}

const subjects: readonly (readonly [string, (name: ExportName) => readonly string[]])[] = [
  ...Object.entries(nodes).map(
    ([name, node]) => [name, (each: ExportName) => [node, join(folder, `${each}.mjs`)]] as const,
  ),
  ...Object.entries(executables).map(
    ([name, engine]) => [name, (each: ExportName) => [join(folder, `${engine}-${each}`, "bootstrap")]] as const,
  ),
  ["the native engine", (each) => [native, join(folder, `native-${each}.mjs`)]],
];

describe.for(subjects)("%s", ([, commandFor]) => {
  const whyNot = (): string | undefined => {
    const [program = ""] = commandFor("handler");
    return existsSync(program) ? undefined : `${program} is not there: npm --prefix test/peers/node-versions ci`;
  };

  test("answers, fails, gives up and prints as on every other", async ({ skip }) => {
    skipWithReason(skip, whyNot());
    const { posts, stdout } = await serve(commandFor("handler"), "value", "throw", "never", "signal", "large", "print");
    expect(
      posts.map(({ route, body }) => [route.split("/").slice(-2).join("/"), body.length < 100 && JSON.parse(body)]),
    ).toEqual([
      ["request-1/response", { how: "value", requestId: "request-1" }],
      ["request-2/error", false],
      ["request-3/error", false],
      ["request-4/response", false],
      ["request-5/response", false],
      ["request-6/response", "printed"],
    ]);
    expect(JSON.parse(posts[1]?.body ?? "")).toMatchObject({ errorType: "OrderError", errorMessage: "bad order" });
    expect(JSON.parse(posts[2]?.body ?? "")).toMatchObject({ errorType: "Runtime.NodeJsExit" });
    expect(JSON.parse(posts[4]?.body ?? "")).toBe("é".repeat(1_000_000));
    expect(stdout).toMatch(/^\S+Z\trequest-1\tINFO\tevent value\n/);
    expect(stdout.match(/^line \d+$/gm)).toHaveLength(3000);
  });

  test("waits for a callback", async ({ skip }) => {
    skipWithReason(skip, whyNot());
    const { posts } = await serve(commandFor("callback"), "called back");
    expect(posts.map(({ body }) => body)).toEqual(['"called back"']);
  });

  test("streams, and fails in the trailers", async ({ skip }) => {
    skipWithReason(skip, whyNot());
    const { posts } = await serve(commandFor("streaming"), "fine", "throw");
    expect(posts.map(({ body, headers }) => [body.length, headers["content-type"]])).toEqual([
      [5_000_000, "text/plain"],
      [5_000_000, "text/plain"],
    ]);
    expect(posts.map(({ trailers }) => trailers["lambda-runtime-function-error-type"])).toEqual([
      undefined,
      "OrderError",
    ]);
  });
});

test.for(Object.entries(executables))("the AWS SDK works in %s", async ([, engine]) => {
  const source = `${repositoryFolder}examples/invoke/handler.ts`;
  const bootstrap = await build(source, engine, "handler", `sdk-${engine}`);
  await using callee = await startEmulator({
    functions: { hello: { source: `${repositoryFolder}examples/hello/handler.ts` } },
  });
  await using caller = await startEmulator({
    functions: {
      invoke: { source: bootstrap, environment: { AWS_ENDPOINT_URL_LAMBDA: callee.url }, timeoutMs: 20_000 },
    },
  });
  const { payload } = await caller.invoke("invoke", { functionName: "hello", payload: { name: "Ada" } });
  expect(payload).toEqual({ statusCode: 200, payload: { message: "Hello, Ada!" }, hasLog: true });
});

test("the AWS SDK works on the native engine", { timeout: 600_000 }, async () => {
  const source = `${repositoryFolder}examples/invoke/handler.ts`;
  await using callee = await startEmulator({
    functions: { hello: { source: `${repositoryFolder}examples/hello/handler.ts` } },
  });
  const engine = { name: "native", path: native } as const;
  const environment = { AWS_ENDPOINT_URL_LAMBDA: callee.url };
  await using caller = await startEmulator({
    functions: { invoke: { source, engine, environment, timeoutMs: 20_000 } },
  });
  const { payload } = await caller.invoke("invoke", { functionName: "hello", payload: { name: "Ada" } });
  expect(payload).toEqual({ statusCode: 200, payload: { message: "Hello, Ada!" }, hasLog: true });
});
