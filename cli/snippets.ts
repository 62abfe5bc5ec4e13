/** What deploys the archives: a command of the aws CLI, or a piece of a SAM template, a CDK stack, a Terraform module. */
import { platforms, type Platform } from "../images/platforms.ts";

/** The kinds, as `--snippet` names them. */
export const snippetNames: readonly ["aws", "sam", "cdk", "terraform"] = ["aws", "sam", "cdk", "terraform"];

export type SnippetName = (typeof snippetNames)[number];

/** A function to deploy. */
export interface DeployedFunction {
  /** Any text; characters that Lambda has no place for become `-`. */
  readonly name: string;
  readonly platform: Platform;
  /** As it is to stand in the snippet. */
  readonly zipPath: string;
  readonly zippedBytes: number;
}

/** Lambda's limit of a direct upload (AWS Lambda developer guide, "Lambda quotas"). */
const directUploadBytes = 52_428_800;

/** One text for all functions, ends with a line feed; empty for none. Functions of one name get their platform behind it. */
export function formatSnippet(kind: SnippetName, functions: readonly DeployedFunction[]): string {
  if (functions.length === 0) return "";
  const all = functions.map((each) => {
    const isAlone = functions.filter(({ name }) => name === each.name).length === 1;
    const name = `${each.name}${isAlone ? "" : `-${each.platform}`}`.replaceAll(/[^\w-]+/g, "-").slice(0, 64);
    const { lambdaRuntime: runtime, architecture } = platforms[each.platform];
    return { ...each, name, runtime, architecture };
  });
  switch (kind) {
    case "aws":
      return all.map(awsCommand).join("\n");
    case "sam":
      return samTemplate(all);
    case "cdk":
      return all.map(cdkConstruct).join("\n");
    case "terraform":
      return all.map(terraformResource).join("\n");
  }
}

interface Deployment extends DeployedFunction {
  readonly runtime: string;
  readonly architecture: string;
}

/** The role, and the bucket where one is needed, come from variables of the shell: nobody can know them here. */
function awsCommand({ name, zipPath, zippedBytes, runtime, architecture }: Deployment): string {
  const isDirect = zippedBytes < directUploadBytes;
  const upload = isDirect ? "" : `aws s3 cp ${shellWord(zipPath)} "s3://$BUCKET/${name}.zip"\n`;
  const code = isDirect
    ? `--zip-file ${shellWord(`fileb://${zipPath}`)}`
    : `--code "S3Bucket=$BUCKET,S3Key=${name}.zip"`;
  const options = [
    `--function-name ${name}`,
    `--runtime ${runtime}`,
    `--architectures ${architecture}`,
    "--handler bootstrap",
    code,
    '--role "$ROLE_ARN"',
  ];
  return `${upload}aws lambda create-function ${options.join(" \\\n  ")}\n`;
}

function samTemplate(all: readonly Deployment[]): string {
  const resources = all.map(
    ({ name, zipPath, runtime, architecture }) => `  ${identifier(name)}Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ${JSON.stringify(zipPath)}
      Runtime: ${runtime}
      Architectures: [${architecture}]
      Handler: bootstrap
`,
  );
  const head = 'AWSTemplateFormatVersion: "2010-09-09"\nTransform: AWS::Serverless-2016-10-31\nResources:\n';
  return head + resources.join("");
}

/** With `import * as lambda from "aws-cdk-lib/aws-lambda"`, in the constructor of a stack. */
function cdkConstruct({ name, zipPath, runtime, architecture }: Deployment): string {
  return `new lambda.Function(this, ${JSON.stringify(`${identifier(name)}Function`)}, {
  code: lambda.Code.fromAsset(${JSON.stringify(zipPath)}),
  runtime: lambda.Runtime.${runtime.toUpperCase().replace(".", "_")},
  architecture: lambda.Architecture.${architecture === "arm64" ? "ARM_64" : "X86_64"},
  handler: "bootstrap",
});
`;
}

function terraformResource({ name, zipPath, runtime, architecture }: Deployment): string {
  const path = hclText(zipPath);
  return `resource "aws_lambda_function" ${JSON.stringify(name.replace(/^(?=[\d-])/, "_"))} {
  function_name    = ${JSON.stringify(name)}
  filename         = ${path}
  source_code_hash = filebase64sha256(${path})
  runtime          = "${runtime}"
  architectures    = ["${architecture}"]
  handler          = "bootstrap"
  role             = var.lambda_role_arn
}
`;
}

/** `my-api` → `MyApi`: logical ids are letters and digits. */
function identifier(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join("");
}

/** As it is where the shell leaves it so, else quoted. */
function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `${` and `%{` begin templates in Terraform's strings. */
function hclText(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%](?=\{)/g, "$&$&");
}
