import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { smokeRun } from "../../builder/smoke-run.ts";
import { hostSmokeSite } from "../../builder/sites/host-smoke-site.ts";
import { gone } from "../support/gone.ts";
import { test } from "../support/temporary-folder.ts";

/** A bootstrap of a few shell lines; `$api` is the base of the Runtime API. */
function bootstrap(folder: string, ...lines: string[]): string {
  const path = join(folder, "bootstrap");
  writeFileSync(
    path,
    ["#!/bin/sh", 'api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"', ...lines, ""].join("\n"),
  );
  chmodSync(path, 0o755);
  return path;
}

const next =
  'id=$(curl -sS -o /dev/null -D - "$api/invocation/next" | grep -i aws-request-id | tr -d "\\r" | cut -d" " -f2)';
const run = (executable: string, options: object = {}) =>
  smokeRun({
    files: [{ path: "bootstrap", fromFile: executable, mode: 0o755 }],
    site: hostSmokeSite,
    event: "{}",
    environment: {},
    onLog: () => {},
    signal: undefined,
    ...options,
  });

test("a response ends it", async ({ folder }) => {
  const path = bootstrap(
    folder,
    next,
    'curl -sS -d "{}" "$api/invocation/$id/response"',
    'curl -sS "$api/invocation/next"',
  );
  await expect(run(path)).resolves.toEqual({ kind: "response" });
});

test.for([
  ["an error of the function", 'curl -sS -d "$error" "$api/invocation/$id/error"', "function-error"],
  ["an init error", 'curl -sS -d "$error" "$api/init/error"', "init-error"],
] as const)("%s counts as an answer", async ([, line, kind], { folder }) => {
  const error = `error='{"errorType":"TypeError","errorMessage":"bad"}'`;
  const path = bootstrap(folder, error, next, line, 'curl -sS "$api/invocation/next"');
  await expect(run(path)).resolves.toEqual({ kind, errorType: "TypeError", errorMessage: "bad" });
});

test("an exit before the first next is SMOKE_RUN_FAILED with the last words", async ({ folder }) => {
  await expect(run(bootstrap(folder, "echo out; echo err >&2; exit 5"))).rejects.toMatchObject({
    code: "SMOKE_RUN_FAILED",
    message: "The bootstrap exited with code 5 before it asked for an event",
    hint: expect.stringContaining("--smoke-env KEY=VALUE") as string,
    logTail: expect.arrayContaining(["out", "err"]) as string[],
  });
});

test("an exit after the event was given shows that it starts", async ({ folder }) => {
  const answer = await run(bootstrap(folder, next, "exit 5"));
  expect(answer).toEqual({ kind: "given-up", reason: "exited with code 5" });
});

test("no answer to the event shows that it starts", async ({ folder }) => {
  const answer = await run(bootstrap(folder, next, "exec sleep 1000"), { answerTimeoutMs: 50 });
  expect(answer).toEqual({ kind: "given-up", reason: "did not answer within 0.05 seconds" });
});

test("the function has its event and its variables", async ({ folder }) => {
  const lines: string[] = [];
  const path = bootstrap(folder, 'echo "$TABLE $(curl -sS "$api/invocation/next")"', "exec sleep 1000");
  const options = { event: '{"a":1}', environment: { TABLE: "orders" }, answerTimeoutMs: 50 };
  await run(path, { ...options, onLog: (line: string) => lines.push(line) });
  expect(lines).toEqual(['orders {"a":1}']);
});

test("a process that left the group and keeps the output open is ended, and not waited for", async ({ folder }) => {
  const path = bootstrap(
    folder,
    `setsid sh -c 'echo $$ > ${folder}/stray; exec sleep 1000' & while ! [ -s ${folder}/stray ]; do :; done`,
    "exit 5",
  );
  await expect(run(path)).rejects.toMatchObject({ code: "SMOKE_RUN_FAILED" });
  await gone(Number(readFileSync(join(folder, "stray"), "utf8")));
});

test("a file that cannot be started is SMOKE_RUN_FAILED", async ({ folder }) => {
  const path = join(folder, "bootstrap");
  writeFileSync(path, "#!/no/such/interpreter\n");
  await expect(run(path)).rejects.toMatchObject({
    code: "SMOKE_RUN_FAILED",
    message: expect.stringContaining("could not be started: spawn") as string,
  });
});

test("silence is SMOKE_RUN_FAILED, and the bootstrap is ended", async ({ folder }) => {
  await expect(run(bootstrap(folder, "exec sleep 1000"), { startTimeoutMs: 50 })).rejects.toMatchObject({
    code: "SMOKE_RUN_FAILED",
    message: "The bootstrap did not ask for an event within 0.05 seconds",
  });
});

test("an abort ends it with its reason", async ({ folder }) => {
  const controller = new AbortController();
  const running = run(bootstrap(folder, "echo started; exec sleep 1000"), {
    signal: controller.signal,
    onLog: () => controller.abort(new Error("enough")),
  });
  await expect(running).rejects.toThrow("enough");
});
