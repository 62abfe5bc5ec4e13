/** Every flag of `emulate` that shapes functions does what it says, and every kind of source is one. */
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { writeZip } from "../../archive/index.ts";
import { gone } from "../support/gone.ts";
import { repositoryFolder, runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";
import { XRayDaemon } from "../support/xray-daemon.ts";
import { whileEmulating } from "../support/while-emulating.ts";

const misbehave = `${repositoryFolder}test/fixtures/functions/misbehave.ts`;
const environmentFunction = `${repositoryFolder}test/fixtures/functions/environment.ts`;

/** The response of one invocation. */
async function answerOf(args: readonly string[], event: object, cwd?: string): Promise<unknown> {
  const command = [...args, "--event", JSON.stringify(event)];
  const { stdout, stderr } = await runCommand("emulate", command, cwd === undefined ? {} : { cwd });
  expect(stdout, stderr).not.toBe("");
  return JSON.parse(stdout);
}

async function invoke(endpoint: string, name: string, event: object = {}): Promise<unknown> {
  const url = `${endpoint}/2015-03-31/functions/${name}/invocations`;
  return (await fetch(url, { method: "POST", body: JSON.stringify(event) })).json();
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

describe("a flag", () => {
  test("--account and --region make up the ARN", async () => {
    const args = [misbehave, "--account", "123456789012", "--region", "eu-west-1"];
    expect(await answerOf(args, { how: "context" })).toMatchObject({
      invokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:misbehave",
    });
  });

  test("--warm starts environments, --concurrency is their number, --idle-timeout ends the others", async () => {
    const args = [environmentFunction, "--warm", "1", "--concurrency", "2", "--idle-timeout", "1"];
    await whileEmulating(args, async (endpoint) => {
      const url = `${endpoint}/2019-09-30/functions/environment/concurrency`;
      expect(await (await fetch(url)).json()).toEqual({ ReservedConcurrentExecutions: 2 });
      // The function takes its time, so each has an environment of its own.
      const answers = (await Promise.all([invoke(endpoint, "environment"), invoke(endpoint, "environment")])) as {
        readonly pid: number;
        readonly variables: Readonly<Record<string, string>>;
      }[];
      const byType = new Map(answers.map(({ pid, variables }) => [variables["AWS_LAMBDA_INITIALIZATION_TYPE"], pid]));
      await gone(byType.get("on-demand") ?? 0);
      expect(await invoke(endpoint, "environment")).toMatchObject({ pid: byType.get("provisioned-concurrency") });
    });
  });

  test("--layer takes folders and archives", async ({ folder }) => {
    write(folder, { "one/bin/a": "1", "one/bin/b": "1" });
    await writeZip(join(folder, "two.zip"), [{ path: "bin/b", content: Buffer.from("2"), mode: 0o644 }]);
    const args = [environmentFunction, "--layer", join(folder, "one"), "--layer", join(folder, "two.zip")];
    expect(await answerOf(args, { readFromPath: ["a", "b"] })).toEqual(["1", "2"]);
  });

  test("--log-format json is that of the platform's lines and the function's", async () => {
    const args = [misbehave, "--log-format", "json", "--event", '{"how":"flood","size":1}'];
    const { stderr } = await runCommand("emulate", args);
    const lines = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type?: string; message?: string });
    expect(lines.map(({ type, message }) => type ?? message)).toEqual(["platform.start", "line 0", "platform.report"]);
  });

  test("--env comes before --env-file, and that before the configuration file", async ({ folder }) => {
    const environment = { FIRST: "config", SECOND: "config", THIRD: "config" };
    write(folder, {
      "lambda.config.json": JSON.stringify({ functions: { it: { source: environmentFunction, environment } } }),
      "first.env": "SECOND=file\nTHIRD=file\n",
      "second.env": "THIRD=second file\n",
    });
    const files = ["--env-file", "first.env", "--env-file", "second.env"];
    const variables = async (...args: string[]): Promise<unknown> => {
      const answer = (await answerOf(["it", ...args], {}, folder)) as { readonly variables: Record<string, string> };
      const { FIRST, SECOND, THIRD } = answer.variables;
      return [FIRST, SECOND, THIRD];
    };
    expect(await variables()).toEqual(["config", "config", "config"]);
    expect(await variables(...files)).toEqual(["config", "file", "second file"]);
    expect(await variables(...files, "--env", "THIRD=flag")).toEqual(["config", "file", "flag"]);
  });

  test("--snap-start makes a snapshot, which --restore restores without an invocation", async ({ folder }) => {
    const restored = Promise.withResolvers<void>();
    const server = createServer((_request, response) => {
      response.end();
      restored.resolve();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    write(folder, {
      "handler.ts":
        `import { afterRestore } from ${JSON.stringify(`${repositoryFolder}runtime/index.ts`)};\n` +
        `afterRestore(() => fetch(${JSON.stringify(url)}));\n` +
        "export const handler = async () => process.env.AWS_LAMBDA_INITIALIZATION_TYPE;\n",
    });
    try {
      await whileEmulating(["handler.ts", "--snap-start", "--restore"], () => restored.promise, { cwd: folder });
    } finally {
      server.close();
    }
    expect(await answerOf([misbehave, "--snap-start", "--restore"], { how: "flood", size: 0 })).toBeDefined();
    const { exitCode, stderr } = await runCommand("emulate", [misbehave, "--restore", "--event", "{}"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--restore finds no function with a snapshot");
  });

  test("--max-concurrency shares an environment, whose log is JSON", async () => {
    const answer = await answerOf([environmentFunction, "--max-concurrency", "2"], {});
    expect(answer).toMatchObject({
      variables: { AWS_LAMBDA_MAX_CONCURRENCY: "2", AWS_LAMBDA_INITIALIZATION_TYPE: "lambda-managed-instances" },
    });
    const args = [environmentFunction, "--max-concurrency", "2", "--log-format", "text", "--event", "{}"];
    const { exitCode, stderr } = await runCommand("emulate", args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Function environment: Managed Instances log in JSON only, logging.format is "Text"');
  });

  test("--availability-zone-id is what the metadata endpoint answers, as that of the configuration file", async ({
    folder,
  }) => {
    const source =
      "export const handler = async () => {\n" +
      "  const { AWS_LAMBDA_METADATA_API: api, AWS_LAMBDA_METADATA_TOKEN: token } = process.env;\n" +
      '  const url = "http://" + api + "/2026-01-15/metadata/execution-environment";\n' +
      '  return (await fetch(url, { headers: { Authorization: "Bearer " + token } })).json();\n};\n';
    write(folder, {
      "handler.mjs": source,
      "lambda.config.json": JSON.stringify({
        functions: { it: { source: "./handler.mjs" } },
        availabilityZoneId: "use1-az1",
      }),
    });
    expect(await answerOf(["it"], {}, folder)).toEqual({ AvailabilityZoneID: "use1-az1" });
    const flag = ["--availability-zone-id", "euc1-az3"];
    expect(await answerOf(["it", ...flag], {}, folder)).toEqual({ AvailabilityZoneID: "euc1-az3" });
  });

  test("--xray is the daemon that gets the segments", async () => {
    await using daemon = await XRayDaemon.start();
    await answerOf([misbehave, "--xray", daemon.address], { how: "context" });
    const segments = await daemon.take(2);
    expect(segments.map(({ origin }) => origin)).toEqual(["AWS::Lambda", "AWS::Lambda::Function"]);
  });

  test.for(["node", "bun"])(
    "--engine %s runs the source, and --inspect lets a debugger connect",
    async (engine, { folder }) => {
      write(folder, { "handler.js": "export const handler = async () => Object.keys(process.versions);" });
      const args = ["handler.js", "--engine", engine, "--inspect", "0", "--event", "{}"];
      const { stdout, stderr } = await runCommand("emulate", args, { cwd: folder });
      expect((JSON.parse(stdout) as string[]).includes("bun")).toBe(engine === "bun");
      expect(stderr).toMatch(/ws:\/\/127\.0\.0\.1:\d+\//);
    },
  );
});

describe("sources", () => {
  test("of several functions have names of their own, and may be folders", async ({ folder }) => {
    write(folder, {
      "api.ts": 'export const handler = async (): Promise<string> => "api";',
      "worker/index.mjs": 'export const handler = async () => "worker";',
      "plain.cjs": 'exports.handler = async () => "plain";',
    });
    const sources = ["first=./api.ts", "second=./worker", "plain.cjs"];
    const { stderr } = await whileEmulating(
      sources,
      async (endpoint) => {
        const names = ["first", "second", "plain"];
        expect(await Promise.all(names.map((name) => invoke(endpoint, name)))).toEqual(["api", "worker", "plain"]);
      },
      { cwd: folder },
    );
    expect(stderr).toContain("with first, second, plain. Ctrl-C ends it.");
  });

  test("and variables are seen by no shell", async ({ folder }) => {
    const name = 'it\'s; touch made $(touch made) `touch made` & "x".mjs';
    write(folder, { [name]: "export const handler = async () => process.env.TEXT;" });
    const value = "$(touch made); `touch made`";
    expect(await answerOf([`it=./${name}`, "--env", `TEXT=${value}`], {}, folder)).toBe(value);
    expect(readdirSync(folder)).toEqual([name]);
  });

  test("are read as their tsconfig.json says, paths and JSX, and stack traces name them", async ({ folder }) => {
    write(folder, {
      "tsconfig.json": JSON.stringify({
        compilerOptions: { jsx: "react-jsx", jsxImportSource: "@view", paths: { "@view/*": ["./view/*"] } },
      }),
      "view/jsx-runtime.ts":
        "export const jsx = (name: string, { children }: { children: string }) => `<${name}>${children}</${name}>`;\n",
      "view/title.tsx":
        "interface Props {\n  readonly name: string;\n}\n\nexport const title = ({ name }: Props) => {\n" +
        '  if (name === "") throw new RangeError("no name");\n  return <h1>{name}</h1>;\n};\n',
      "handler.tsx":
        'import { title } from "@view/title.tsx";\n\nexport const handler = async (event: { name: string }) => title(event);\n',
    });
    expect(await answerOf(["handler.tsx"], { name: "Ada" }, folder)).toBe("<h1>Ada</h1>");
    for (const engine of ["node", "bun"]) {
      // oxlint-disable-next-line no-await-in-loop -- each is a whole process
      const answer = await answerOf(["handler.tsx", "--engine", engine], { name: "" }, folder);
      const { stackTrace } = answer as { readonly stackTrace: readonly string[] };
      expect(stackTrace[1], engine).toMatch(/view\/title\.tsx:6:\d+\)?$/);
      expect(stackTrace[2], engine).toMatch(/handler\.tsx:3:\d+\)?$/);
    }
  });
});
