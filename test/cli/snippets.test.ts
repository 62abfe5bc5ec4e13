/** Snippets, judged by what reads them: the aws CLI, a YAML parser, a JavaScript engine. */
import { execFile, execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { formatSnippet, type DeployedFunction } from "../../cli/snippets.ts";
import { startEmulator } from "../../emulator/index.ts";
import { platformNames, platforms } from "../../images/platforms.ts";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";
import { repositoryFolder } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const run = promisify(execFile);
const all: readonly DeployedFunction[] = platformNames.map((platform) => ({
  name: "my api",
  platform,
  zipPath: `dist/my "${platform}" $\{it's}.zip`,
  zippedBytes: 1000,
}));

test.each(["aws", "sam", "cdk", "terraform"] as const)("%s: nothing for no function", (kind) => {
  expect(formatSnippet(kind, [])).toBe("");
});

describe("aws", () => {
  const role = { ROLE_ARN: "arn:aws:iam::000000000000:role/lambda", BUCKET: "bucket" };

  // The CLI checks its arguments before it sends anything; the emulator says which operation has arrived.
  test.for(["al2-arm64", "al2023-x86_64"] as const)(
    "%s: the CLI takes the command",
    async (platform, { folder, skip }) => {
      skipWithReason(skip, whyNoProgram("aws", "--version"));
      const zipPath = `it's ${platform}.zip`;
      // An empty archive: the CLI looks into it.
      writeFileSync(join(folder, zipPath), Buffer.from(`504b0506${"00".repeat(18)}`, "hex"));
      const source = `${repositoryFolder}examples/hello/handler.ts`;
      await using emulator = await startEmulator({ functions: { hello: { source } } });
      const command = formatSnippet("aws", [{ name: "my api", platform, zipPath, zippedBytes: 1000 }]);
      const environment = {
        ...process.env,
        ...role,
        AWS_ENDPOINT_URL: emulator.url,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_DEFAULT_REGION: "us-east-1",
        AWS_MAX_ATTEMPTS: "1",
        AWS_EC2_METADATA_DISABLED: "true",
        HOME: folder,
      };
      const failed = run("/bin/sh", ["-ec", command], { cwd: folder, env: environment });
      await expect(failed).rejects.toMatchObject({
        stderr: expect.stringMatching(/when calling the CreateFunction operation: /) as string,
      });
      const wrong = run("/bin/sh", ["-ec", command.replace("--handler", "--handlers")], {
        cwd: folder,
        env: environment,
      });
      await expect(wrong).rejects.toMatchObject({ stderr: expect.not.stringContaining("CreateFunction op") as string });
    },
  );

  test("too large for a direct upload: through S3", () => {
    const large = { name: "api", platform: "al2-arm64", zipPath: "api.zip", zippedBytes: 52_428_800 } as const;
    const command = formatSnippet("aws", [large]);
    const echo = execFileSync("/bin/sh", ["-ec", `aws() { printf '<%s>' "$@"; echo; }\n${command}`], {
      env: role,
      encoding: "utf8",
    });
    expect(echo).toBe(
      "<s3><cp><api.zip><s3://bucket/api.zip>\n" +
        "<lambda><create-function><--function-name><api><--runtime><provided.al2><--architectures><arm64>" +
        `<--handler><bootstrap><--code><S3Bucket=bucket,S3Key=api.zip><--role><${role.ROLE_ARN}>\n`,
    );
  });
});

test("sam: a template with a resource for each", ({ skip }) => {
  skipWithReason(skip, whyNoProgram("python3", "-c", "import yaml"));
  const toJson = "import json,sys,yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
  const json = execFileSync("python3", ["-c", toJson], { input: formatSnippet("sam", all), encoding: "utf8" });
  const names = ["MyApiAl2X8664", "MyApiAl2Arm64", "MyApiAl2023X8664", "MyApiAl2023Arm64"];
  const properties = (each: DeployedFunction) => ({
    CodeUri: each.zipPath,
    Runtime: platforms[each.platform].lambdaRuntime,
    Architectures: [platforms[each.platform].architecture],
    Handler: "bootstrap",
  });
  expect(JSON.parse(json)).toEqual({
    AWSTemplateFormatVersion: "2010-09-09",
    Transform: "AWS::Serverless-2016-10-31",
    Resources: Object.fromEntries(
      names.map((name, index) => [
        `${name}Function`,
        { Type: "AWS::Serverless::Function", Properties: properties(all[index] as DeployedFunction) },
      ]),
    ),
  });
});

test("cdk: constructs that run", () => {
  const made: unknown[] = [];
  // What aws-cdk-lib/aws-lambda has under these names.
  const lambda = {
    Function: function record(scope: unknown, id: string, properties: object) {
      made.push({ scope, id, ...properties });
    },
    Code: { fromAsset: (path: string) => ({ asset: path }) },
    Runtime: { PROVIDED_AL2: "provided.al2", PROVIDED_AL2023: "provided.al2023" },
    Architecture: { ARM_64: "arm64", X86_64: "x86_64" },
  };
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- the snippet itself is what is tested
  new Function("lambda", formatSnippet("cdk", all)).call("the stack", lambda);
  expect(made).toEqual(
    all.map(({ platform, zipPath }) => ({
      scope: expect.anything() as unknown,
      id: expect.stringMatching(/^MyApiAl2\w*Function$/) as string,
      code: { asset: zipPath },
      runtime: platforms[platform].lambdaRuntime,
      architecture: platforms[platform].architecture,
      handler: "bootstrap",
    })),
  );
});

test("terraform: resources, with nothing in them that is a template", () => {
  const [first = ""] = formatSnippet("terraform", all).split(/\n\n/);
  expect(`${first}\n`).toBe(`resource "aws_lambda_function" "my-api-al2-x86_64" {
  function_name    = "my-api-al2-x86_64"
  filename         = "dist/my \\"al2-x86_64\\" $\${it's}.zip"
  source_code_hash = filebase64sha256("dist/my \\"al2-x86_64\\" $\${it's}.zip")
  runtime          = "provided.al2"
  architectures    = ["x86_64"]
  handler          = "bootstrap"
  role             = var.lambda_role_arn
}
`);
});
