/** Other people's clients of the Runtime API, as functions of an emulator. Their handlers do what `event.do` says. */
import { existsSync } from "node:fs";
import { repositoryFolder } from "./run-command.ts";

/** What `startEmulator` needs to run it. */
export interface RuntimePeer {
  readonly source: string;
  readonly handler?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Why it cannot be run, or undefined. */
  readonly whyNot: () => string | undefined;
}

const peersFolder = `${repositoryFolder}test/peers`;
const awsLambdaRic = `${peersFolder}/aws-lambda-ric/node_modules/.bin/aws-lambda-ric`;

const needs = (path: string, command: string) => (): string | undefined =>
  existsSync(path) ? undefined : `${path} is not there: ${command}`;

const compiled = (source: string): RuntimePeer => ({ source, whyNot: needs(source, "test/peers/build.sh") });

/** By the name of the library. */
export const runtimePeers = {
  lambda_runtime: compiled(`${peersFolder}/rust/bin/lambda-runtime-peer`),
  rtlambda: compiled(`${peersFolder}/rust/bin/rtlambda-peer`),
  "aws-lambda-go": compiled(`${peersFolder}/go/bin/aws-lambda-go-peer`),
  "aws-lambda-ric": {
    source: `${repositoryFolder}test/fixtures/aws-lambda-ric/bootstrap`,
    handler: "handler.handler",
    environment: { RIC: awsLambdaRic, NODE: process.execPath },
    whyNot: needs(awsLambdaRic, "npm --prefix test/peers/aws-lambda-ric ci"),
  },
} satisfies Record<string, RuntimePeer>;
