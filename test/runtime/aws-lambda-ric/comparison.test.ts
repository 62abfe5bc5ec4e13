/** The same handlers under our runtime and under AWS's own client: what differs is listed, here and in docs/runtime.md. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { skipWithReason } from "../../support/requirement.ts";
import { repositoryFolder } from "../../support/run-command.ts";
import { runClient, whyNoPeer, type Case, type Observation } from "./run-client.ts";

const cases: Record<string, Case> = {
  ...Object.fromEntries(
    [
      ..."success value nothing syncThrow reject exit traceId notAFunction absent nested.deep.handler log".split(" "),
      ..."stream streamHttp streamEmpty streamThrowFirst streamThrowLater streamTypeTooLate streamSync".split(" "),
      "streamReturns",
    ].map((name) => [name, { handler: `cases.${name}` }]),
  ),
  "a syntax error": {
    handler: "syntax.handler",
    environment: { LAMBDA_TASK_ROOT: `${repositoryFolder}test/fixtures/broken` },
  },
  "a module that throws": { handler: "throws.handler" },
  "a module that requires what is not there": { handler: "missing.handler" },
  "a CommonJS module": { handler: "common.handler" },
  "a module with two extensions": { handler: "ordered.handler" },
  "a module with top-level await": { handler: "await.handler" },
  "a module that is not there": { handler: "gone.handler" },
  "a name with ..": { handler: "../cases.success" },
  "a name without a dot": { handler: "cases" },
  "every header": {
    handler: "cases.fullContext",
    headers: {
      "Lambda-Runtime-Client-Context": '{"custom":{"a":1}}',
      "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"i"}',
      "Lambda-Runtime-Aws-Tenant-Id": "blue",
      "Lambda-Runtime-Trace-Id": "Root=1-a",
    },
  },
  "a trace id": { handler: "cases.traceId", headers: { "Lambda-Runtime-Trace-Id": "Root=1-a" } },
  "a log in JSON": { handler: "cases.log", environment: { AWS_LAMBDA_LOG_FORMAT: "JSON" } },
  "a log from WARN on": { handler: "cases.log", environment: { AWS_LAMBDA_LOG_LEVEL: "WARN" } },
  "a failure logged in JSON": { handler: "cases.reject", environment: { AWS_LAMBDA_LOG_FORMAT: "JSON" } },
};

interface Difference {
  /** As in docs/runtime.md. */
  readonly name: string;
  readonly each: Case;
  readonly ours: unknown;
  readonly theirs: unknown;
}

const reported = (route: "invocation/request-1" | "init", errorType: string, errorMessage?: string): object => ({
  posts: [
    {
      route: `POST /${route}/error`,
      body: expect.objectContaining({ errorType, ...(errorMessage === undefined ? {} : { errorMessage }) }) as object,
    },
  ],
});
const failed = (errorType: string, errorMessage?: string): object =>
  reported("invocation/request-1", errorType, errorMessage);
const died = (exitCode: number): object => ({ posts: [], exitCode });

const differences: readonly Difference[] = [
  {
    name: "a thrown value that is no error",
    each: { handler: "cases.throwObject" },
    ours: failed("object", '{"reason":"object"}'),
    theirs: failed("object", "[object Object]"),
  },
  {
    name: "a thrown value that is no error",
    each: { handler: "cases.throwText" },
    ours: failed("string", "oops"),
    theirs: failed("string", "oops"),
  },
  {
    name: "a thrown value that is no error",
    each: { handler: "cases.throwNull" },
    ours: failed("object", "null"),
    theirs: failed("object", "null"),
  },
  {
    name: "an error whose members throw",
    each: { handler: "cases.throwHostile" },
    ours: failed("Error", "(reading message failed)"),
    theirs: failed("handled"),
  },
  {
    name: "a result without JSON",
    each: { handler: "cases.circular" },
    ours: failed("Runtime.JSONStringifyError"),
    theirs: failed("Runtime.JSONStringifyError", "Unable to stringify response body"),
  },
  {
    name: "a handler with a callback",
    each: { handler: "cases.callback" },
    ours: reported("init", "Runtime.CallbackHandlerDeprecated"),
    theirs: reported("init", "Runtime.CallbackHandlerDeprecated"),
  },
  {
    name: "an unhandled rejection",
    each: { handler: "cases.unhandledRejection" },
    ours: { ...failed("Runtime.UnhandledPromiseRejection", "RangeError: nobody"), exitCode: 128 },
    theirs: died(1),
  },
  {
    name: "an uncaught exception",
    each: { handler: "cases.uncaughtException" },
    ours: { ...failed("RangeError", "nobody"), exitCode: 129 },
    theirs: died(1),
  },
  {
    name: "a promise that is never settled",
    each: { handler: "cases.never" },
    ours: failed("Runtime.NodeJsExit"),
    theirs: { posts: [] },
  },
  {
    name: "an event that cannot be read",
    each: { handler: "cases.success", event: "{" },
    ours: failed("SyntaxError"),
    theirs: died(1),
  },
  {
    name: "an event that cannot be read",
    each: { handler: "cases.success", headers: { "Lambda-Runtime-Client-Context": "{" } },
    ours: failed("SyntaxError"),
    theirs: died(1),
  },
  {
    name: "no trace id",
    each: { handler: "cases.fullContext" },
    ours: { posts: [{ body: expect.not.objectContaining({ xRayTraceId: "" }) as object }] },
    theirs: { posts: [{ body: expect.objectContaining({ xRayTraceId: "" }) as object }] },
  },
];

/** `trace` is what AWS's client calls the stack; every other one, and the documentation, says `stackTrace`. */
const withOurName = (observation: Observation): unknown =>
  JSON.parse(JSON.stringify(observation).replaceAll('"trace":', '"stackTrace":'));

test.for(Object.entries(cases))("nothing differs: %s", async ([, each], { skip }) => {
  skipWithReason(skip, whyNoPeer);
  const [ours, theirs] = await observe(each);
  expect(ours).toEqual(withOurName(theirs));
});

test.for(differences.map((each) => [each.name, each.each.handler, each] as const))(
  "%s (%s) differs as listed",
  async ([, , { each, ours: expectedOurs, theirs: expectedTheirs }], { skip }) => {
    skipWithReason(skip, whyNoPeer);
    const [ours, theirs] = await observe(each);
    expect(ours).toMatchObject(expectedOurs as object);
    expect(theirs).toMatchObject(expectedTheirs as object);
    expect(ours).not.toEqual(withOurName(theirs));
  },
);

test("docs/runtime.md lists the same differences", () => {
  const section = /^## Differences from [^]*/m.exec(readFileSync(`${repositoryFolder}docs/runtime.md`, "utf8"))?.[0];
  const documented = [...(section ?? "").matchAll(/^\| ([a-z][^|]*?) +\|/gm)].map(([, name]) => name);
  expect(new Set(documented.filter((name) => name !== "what"))).toEqual(
    new Set(["the stack in an error document", ...differences.map(({ name }) => name)]),
  );
});

async function observe(each: Case): Promise<[Observation, Observation]> {
  return Promise.all([runClient("ours", each), runClient("theirs", each)]);
}
