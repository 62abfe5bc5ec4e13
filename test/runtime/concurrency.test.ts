import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runScript } from "../support/run-script.ts";
import { event } from "../support/scripted-runtime-api.ts";

const events = ["1", "2", "3"].map((id) => event(id, { "Lambda-Runtime-Aws-Request-Id": `request-${id}` }));

test("with concurrency events are served at the same time, each with its own context", async () => {
  const gate = Promise.withResolvers<void>();
  let underWay = 0;
  const { posts, log, traceIds } = await runScript<number>(
    () => async (id, context) => {
      underWay++;
      if (underWay === 3) gate.resolve();
      await gate.promise;
      console.log(`event ${id}`);
      return context.awsRequestId;
    },
    { events, environment: { maxConcurrency: 3 } },
  );
  const answers = posts.map(({ route, body }) => `${route.split("/").at(-2)}: ${body}`);
  expect(new Set(answers)).toEqual(
    new Set(['request-1: "request-1"', 'request-2: "request-2"', 'request-3: "request-3"']),
  );
  const entries = log.map((line) => JSON.parse(line) as { requestId: string; message: string });
  expect(new Set(entries.map(({ requestId, message }) => `${requestId}: ${message}`))).toEqual(
    new Set(["request-1: event 1", "request-2: event 2", "request-3: event 3"]),
  );
  expect(traceIds).toEqual([]);
});

test("a thenable is asked within its event", async () => {
  const { posts } = await runScript<number>(
    () => () => ({
      // oxlint-disable-next-line unicorn/no-thenable -- as query builders are
      then(resolve: (id: string) => void) {
        const { awslambda } = globalThis as unknown as { awslambda: { InvokeStore: { getRequestId(): string } } };
        resolve(awslambda.InvokeStore.getRequestId());
      },
    }),
    { events, environment: { maxConcurrency: 3 } },
  );
  for (const { route, body } of posts) expect(body).toBe(JSON.stringify(route.split("/").at(-2)));
  expect(posts.length).toBeGreaterThan(0);
});

test("what is told of a lost response has the id of its own event", async () => {
  const { log } = await runScript(() => (id: number) => id, {
    events,
    answers: { response: { status: 413 } },
    environment: { maxConcurrency: 3 },
  });
  const entries = log.map((line) => JSON.parse(line) as { requestId: string; message: string });
  const told = entries.map(({ requestId, message }) => [requestId, /invocation\/(.*)\/response/.exec(message)?.[1]]);
  // The first circle that ends, ends the run: the others may have told nothing yet.
  expect(told.length).toBeGreaterThan(0);
  for (const [requestId, ofPath] of told) expect(requestId).toBe(ofPath);
});

test("without it one follows the other", async () => {
  let underWay = 0;
  let most = 0;
  await runScript(
    () => async () => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
    },
    { events },
  );
  expect(most).toBe(1);
});

test("with several workers the threads run the program, where there is a file to run", async () => {
  const folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-test-"));
  const program = join(folder, "thread.mjs");
  writeFileSync(program, "process.exit(5);");
  const { argv } = process;
  const settings = { environment: { maxConcurrency: 2, workerCount: 2 } };
  try {
    process.argv = [process.execPath, program];
    expect((await runScript(() => () => 1, settings)).exitCode).toBe(5);
    process.argv = [process.execPath];
    const { log, requests } = await runScript(() => () => 1, settings);
    expect(log[0]).toContain("AWS_LAMBDA_NODEJS_WORKER_COUNT has no effect");
    expect(requests.map(({ route }) => route)).toContain("GET /2018-06-01/runtime/invocation/next");
  } finally {
    process.argv = argv;
    rmSync(folder, { recursive: true });
  }
});
