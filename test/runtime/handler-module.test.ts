import { expect, onTestFinished, test, vi } from "vitest";
import { runHandlerModule } from "../../runtime/handler-module.ts";
import type { RuntimeEnvironment } from "../../runtime/environment.ts";
import { standardOutput } from "../../runtime/standard-output.ts";
import { event, startScriptedRuntimeApi } from "../support/scripted-runtime-api.ts";

const environmentOf = (runtimeApi?: string): RuntimeEnvironment =>
  ({ runtimeApi, variables: {}, setTraceId: () => {} }) as unknown as RuntimeEnvironment;

async function run(loadModule: () => Promise<object>, exportName?: string) {
  await using api = await startScriptedRuntimeApi([event('"Ada"')]);
  const environment = environmentOf(api.authority);
  const exitCodes: number[] = [];
  const events = { on: () => {}, off: () => {}, exit: (code: number) => exitCodes.push(code) };
  const error: unknown = await runHandlerModule(loadModule, exportName, { environment, process: events }).catch(
    (reason: unknown) => reason,
  );
  return { error, exitCodes, posts: api.requests.filter(({ route }) => route.startsWith("POST")) };
}

test("calls the export for every event", async () => {
  const { posts } = await run(async () => ({ handler: (name: string) => `Hello, ${name}` }));
  expect(posts[0]?.body).toBe('"Hello, Ada"');
});

test("finds another export, and the one of a CommonJS module", async () => {
  const { posts } = await run(async () => ({ default: { main: () => "main" } }), "main");
  expect(posts[0]?.body).toBe('"main"');
});

test.each([
  ["is missing", { other: 1 }, "handler is undefined or not exported"],
  ["is no function", { handler: 1 }, "handler is not a function"],
])("an export that %s is Lambda's own init error", async (_name, module, errorMessage) => {
  const { posts, error, exitCodes } = await run(async () => module);
  expect(posts[0]?.route).toContain("init/error");
  expect(posts[0]?.headers["lambda-runtime-function-error-type"]).toBe("Runtime.HandlerNotFound");
  expect(JSON.parse(posts[0]?.body ?? "")).toMatchObject({ errorType: "Runtime.HandlerNotFound", errorMessage });
  expect(error).toMatchObject({ message: errorMessage });
  // It is in the log, and is not printed once more.
  expect(exitCodes).toEqual([1]);
});

test("an init error that cannot be reported is not the one that is thrown", async () => {
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  onTestFinished(() => exit.mockRestore());
  const cause = new SyntaxError("broken");
  const environment = environmentOf();
  const running = runHandlerModule(() => Promise.reject(cause), "handler", { environment });
  await expect(running).rejects.not.toBe(cause);
  expect(exit).not.toHaveBeenCalled();
});

test("the process that is ended is this one, unless another is given", async () => {
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  onTestFinished(() => exit.mockRestore());
  await using api = await startScriptedRuntimeApi([]);
  const options = { environment: environmentOf(api.authority) };
  await expect(runHandlerModule(() => Promise.reject(new Error("broken")), "handler", options)).rejects.toThrow(
    "broken",
  );
  expect(exit).toHaveBeenCalledWith(1);
});

test("a module that throws while loading is an init error", async () => {
  const { posts } = await run(() => Promise.reject(new SyntaxError("broken")));
  expect(JSON.parse(posts[0]?.body ?? "")).toMatchObject({ errorType: "SyntaxError", errorMessage: "broken" });
});

test("an answer waits until the output of its handler is out", async () => {
  let release: () => void = () => {};
  const out = new Promise<void>((resolve) => (release = resolve));
  const written = vi.spyOn(standardOutput(), "written").mockReturnValueOnce(out);
  onTestFinished(() => written.mockRestore());
  await using api = await startScriptedRuntimeApi([event('"Ada"')]);
  const environment = environmentOf(api.authority);
  const isOut: boolean[] = [];
  const running = runHandlerModule(
    async () => ({
      handler() {
        setImmediate(() => {
          isOut.push(api.requests.every(({ route }) => route.startsWith("GET")));
          release();
        });
      },
    }),
    "handler",
    { environment, process: { on: () => {}, off: () => {}, exit: () => {} } },
  );
  await expect(running).rejects.toThrow();
  expect(isOut).toEqual([true]);
  expect(written).toHaveBeenCalled();
});
