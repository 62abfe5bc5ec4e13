/** The part of the runtime that an engine with few modules has to carry: sockets, buffers, timers, process, console. */
import { writeFileSync } from "node:fs";
import * as net from "node:net";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { expect } from "vitest";
import { bundleFunction } from "../../bundle/index.ts";
import { event, startScriptedRuntimeApi, type ScriptedRuntimeApi } from "../support/scripted-runtime-api.ts";
import { test } from "../support/temporary-folder.ts";

/** Runs a handler in a context that has no modules but `net`; resolves with the lines of its console. */
async function runInSmallEngine(api: ScriptedRuntimeApi, source: string, posts: number): Promise<unknown[]> {
  const { code } = await bundleFunction({ source, format: "script" });
  const lines: unknown[] = [];
  const process = {
    env: {
      AWS_LAMBDA_RUNTIME_API: api.authority,
      AWS_LAMBDA_FUNCTION_NAME: "small",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/small",
      AWS_LAMBDA_LOG_STREAM_NAME: "stream",
    },
    on: () => process,
    off: () => process,
    cwd: () => "/var/task",
    exit: () => {},
    getBuiltinModule: (name: string) => (name === "node:net" ? net : undefined),
  };
  const context = createContext({
    Buffer,
    clearTimeout,
    console: { log: (line: unknown) => lines.push(line) },
    process,
    setTimeout,
    // What the bundle's first line says of itself, for handlers that ask where they are.
    __dirname: "/",
    __filename: "/bootstrap.js",
    require: () => ({ pathToFileURL: (path: string) => ({ href: `file://${path}` }) }),
  });
  const ended = runInContext(Buffer.from(code).toString(), context) as Promise<void>;
  await expect.poll(() => api.requests.filter(({ route }) => route.startsWith("POST")).length).toBe(posts);
  await ended;
  return lines;
}

test("an engine needs no module but net to serve events, to log and to report errors", async ({ folder }) => {
  await using api = await startScriptedRuntimeApi([event('{"name":"Ada"}'), event("{}")]);
  const source = join(folder, "handler.mjs");
  writeFileSync(
    source,
    `import { defaultRuntime } from "runtime-aws-lambda";
    const handler = async ({ name }, context) => {
      console.log("the event", { name });
      if (name === undefined) throw new TypeError("no name");
      return [name, context.functionName, context.getRemainingTimeInMillis() > 0];
    };
    defaultRuntime(() => handler).run().catch(() => {});`,
  );
  const lines = await runInSmallEngine(api, source, 2);
  expect(lines[0]).toMatch(/\tINFO\tthe event \{"name":"Ada"\}$/);
  expect(lines.at(-1)).toMatch(/\tERROR\tInvoke Error \t\{"errorType":"TypeError"/);
  const posts = api.requests.filter(({ route }) => route.startsWith("POST"));
  expect(posts[0]?.body).toBe('["Ada","small",true]');
  expect(posts[1]?.route).toMatch(/error$/);
  expect(JSON.parse(posts[1]?.body ?? "")).toMatchObject({ errorType: "TypeError", errorMessage: "no name" });
});
