/** What to paste into a deployment: the archive with its runtime and architecture. */
import { basename, relative } from "node:path";
import type { BuildResult } from "../builder/index.ts";
import { platforms } from "../images/platforms.ts";

/** Tools there are snippets for. */
export const snippetNames: readonly ["aws", "sam", "cdk", "terraform"] = ["aws", "sam", "cdk", "terraform"];
export type SnippetName = (typeof snippetNames)[number];

/** Text for one archive; its path is relative to this folder. */
export function formatSnippet(name: SnippetName, { zipPath, platform }: BuildResult): string {
  const { lambdaRuntime, architecture } = platforms[platform];
  const path = relative("", zipPath);
  const functionName = basename(zipPath, ".zip").replaceAll(/[^A-Za-z0-9-_]/g, "-");
  const logicalId = functionName.replaceAll(/(^|[-_]+)(.)/g, (_match, _dash, letter: string) => letter.toUpperCase());
  switch (name) {
    case "aws":
      return (
        `aws lambda create-function --function-name ${functionName} --runtime ${lambdaRuntime} --architectures ${architecture} \\\n` +
        `  --handler bootstrap --zip-file fileb://${path} --role ROLE_ARN\n`
      );
    case "sam":
      return [
        `${logicalId}:`,
        "  Type: AWS::Serverless::Function",
        "  Properties:",
        `    CodeUri: ${path}`,
        "    Handler: bootstrap",
        `    Runtime: ${lambdaRuntime}`,
        `    Architectures: [${architecture}]`,
        "",
      ].join("\n");
    case "cdk":
      return [
        `new lambda.Function(this, "${logicalId}", {`,
        `  code: lambda.Code.fromAsset("${path}"),`,
        '  handler: "bootstrap",',
        `  runtime: lambda.Runtime.${lambdaRuntime === "provided.al2" ? "PROVIDED_AL2" : "PROVIDED_AL2023"},`,
        `  architecture: lambda.Architecture.${architecture === "arm64" ? "ARM_64" : "X86_64"},`,
        "});",
        "",
      ].join("\n");
    case "terraform":
      return [
        `resource "aws_lambda_function" "${functionName}" {`,
        `  function_name    = "${functionName}"`,
        `  filename         = "${path}"`,
        `  source_code_hash = filebase64sha256("${path}")`,
        '  handler          = "bootstrap"',
        `  runtime          = "${lambdaRuntime}"`,
        `  architectures    = ["${architecture}"]`,
        "  role             = ROLE_ARN",
        "}",
        "",
      ].join("\n");
  }
}
