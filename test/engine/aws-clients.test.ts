/** Clients of the AWS SDK on the native engine, against moto's services, with the credentials of a container. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundleFunction } from "../../bundle/index.ts";
import { compileNative, engineTimeoutMs, runBootstrap } from "../support/native-engine.ts";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";
import { repositoryFolder } from "../support/run-command.ts";
import { packagesAreInstalled } from "./packages.ts";

const moto = process.env["MOTO_SERVER"] ?? "moto_server";

async function startMoto() {
  const child = spawn(moto, ["--host", "127.0.0.1", "--port", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", () => reject(new Error(said)));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const [, found] = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, "exit");
    },
  };
}

async function startCredentials() {
  const credentials = { AccessKeyId: "a", SecretAccessKey: "b", Token: "c", Expiration: "2099-01-01T00:00:00Z" };
  const server = createServer((_request, response) => response.end(JSON.stringify(credentials)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("S3, DynamoDB, SQS, Secrets Manager and STS", { timeout: engineTimeoutMs }, async ({ skip }) => {
  const packages = packagesAreInstalled() ? undefined : "npm --prefix test/peers/engine-packages ci --ignore-scripts";
  skipWithReason(skip, packages ?? whyNoProgram(moto, "--help"));
  const folder = mkdtempSync(`${repositoryFolder}test/peers/engine-packages/.trial-`);
  try {
    const source = join(folder, "program.mjs");
    // Beside the packages, where they are found.
    copyFileSync(`${repositoryFolder}test/fixtures/engine/aws-clients.mjs`, join(folder, "clients.mjs"));
    writeFileSync(source, `import "runtime-aws-lambda";\nimport "./clients.mjs";\n`);
    const bundle = await bundleFunction({ source, format: "native", splits: true });
    expect(bundle.absentBuiltins).toEqual([]);
    expect(bundle.modules?.length).toBeGreaterThan(1);
    await using services = await startMoto();
    await using credentials = await startCredentials();
    const run = await runBootstrap([await compileNative(bundle, folder)], {
      PATH: "/usr/bin:/bin",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: services.url,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: credentials.url,
    });
    expect(run.stderr).toBe("");
    expect(run.stdout.trim().split("\n")).toEqual([
      "s3: 500000",
      "s3 in pieces: 1000000 true",
      's3 of nothing: "NoSuchKey"',
      'dynamodb: {"id":"1","lines":[{"count":2}],"paid":true}',
      'sqs: ["hello"]',
      'secrets manager: "s3cret"',
      'sts: "123456789012"',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
