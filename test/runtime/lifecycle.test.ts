import { afterEach, expect, test } from "vitest";
import { afterRestore, beforeSnapshot, lifecycleHooks, onShutdown } from "../../runtime/lifecycle-hooks.ts";
import { FakeProcess, runScript } from "../support/run-script.ts";
import { event } from "../support/scripted-runtime-api.ts";

afterEach(() => {
  for (const hooks of Object.values(lifecycleHooks)) hooks.length = 0;
});

const never = (): Promise<never> => new Promise(() => {});
const registration = { status: 200, headers: { "Lambda-Extension-Identifier": "extension-1" } };
const register = "POST /2020-01-01/extension/register";
const nextExtensionEvent = "GET /2020-01-01/extension/event/next";

test.each([
  [
    "uncaughtException",
    new RangeError("nobody"),
    129,
    { errorType: "RangeError", errorMessage: "nobody" },
    "Uncaught Exception",
  ],
  [
    "unhandledRejection",
    new RangeError("nobody"),
    128,
    { errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "RangeError: nobody" },
    "Unhandled Promise Rejection",
  ],
  [
    "unhandledRejection",
    Object.create(null),
    128,
    { errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "(the reason cannot be turned into text)" },
    "Unhandled Promise Rejection",
  ],
])("%s is reported for the event under way, then the process ends", async (name, thrown, code, document, title) => {
  const process = new FakeProcess();
  const { posts, exitCode, log } = await runScript(
    () => () => {
      process.emit(name, thrown);
      process.emit(name, new Error("only the first counts"));
      return never();
    },
    { events: [event("{}")], process },
  );
  expect(posts.map(({ route }) => route)).toEqual(["POST /2018-06-01/runtime/invocation/request-1/error"]);
  expect(JSON.parse(posts[0]?.body ?? "")).toMatchObject(document);
  expect(log[0]).toContain(`ERROR\t${title} \t{`);
  expect(exitCode).toBe(code);
});

test("before the first event it is an init error", async () => {
  const process = new FakeProcess();
  const { posts, exitCode } = await runScript(
    () => {
      process.emit("uncaughtException", new Error("early"));
      return never();
    },
    { process },
  );
  expect(posts.map(({ route }) => route)).toEqual(["POST /2018-06-01/runtime/init/error"]);
  expect(exitCode).toBe(129);
});

test("a report that fails ends the process all the same", async () => {
  const process = new FakeProcess();
  const { exitCode } = await runScript(
    () => () => {
      process.emit("uncaughtException", new Error("x"));
      return never();
    },
    { events: [event("{}")], answers: { error: { status: 500 } }, process },
  );
  expect(exitCode).toBe(129);
});

test("a promise that is never settled is answered once nothing is left to do, and the next event is served", async () => {
  const process = new FakeProcess();
  let wakeUp: (value: string) => void = () => {};
  let count = 0;
  const { posts } = await runScript(
    () => () => {
      count++;
      if (count > 1) {
        // The first handler comes back to life: its event is long answered.
        wakeUp("too late");
        return "second";
      }
      setImmediate(() => process.emit("beforeExit", 0));
      return new Promise((resolve) => (wakeUp = resolve));
    },
    { events: [event("1"), event("2", { "Lambda-Runtime-Aws-Request-Id": "request-2" })], process },
  );
  expect(posts.map(({ route, body }) => [route.split("/").slice(-2).join("/"), JSON.parse(body)])).toEqual([
    ["request-1/error", expect.objectContaining({ errorType: "Runtime.NodeJsExit" })],
    ["request-2/response", "second"],
  ]);
});

test("an initialisation that never ends is an init error", async () => {
  const process = new FakeProcess();
  const { posts, exitCode } = await runScript(
    () => {
      setImmediate(() => process.emit("beforeExit", 0));
      return never();
    },
    { process },
  );
  expect(JSON.parse(posts[0]?.body ?? "")).toMatchObject({ errorType: "Runtime.NodeJsExit" });
  expect(exitCode).toBe(1);
});

test("an empty event loop between events means nothing", async () => {
  const process = new FakeProcess();
  const { posts } = await runScript(
    () => () => {
      process.emit("beforeExit", 0);
      return "x";
    },
    { events: [event("{}")], process },
  );
  expect(posts.map(({ route }) => route.split("/").at(-1))).toEqual(["error"]);
});

test("shutdown hooks run on SIGTERM, together, and their failures are logged", async () => {
  const process = new FakeProcess();
  const ran: string[] = [];
  onShutdown(() => {
    ran.push("first");
    throw new Error("hook");
  });
  onShutdown(async () => void ran.push("second"));
  const { requests, exitCode, log } = await runScript(
    () => () => {
      process.emit("SIGTERM");
      process.emit("SIGTERM");
      return never();
    },
    { events: [event("{}")], answers: { [register]: registration, [nextExtensionEvent]: undefined }, process },
  );
  expect(requests.map(({ route }) => route)).toEqual([
    register,
    nextExtensionEvent,
    "GET /2018-06-01/runtime/invocation/next",
  ]);
  expect(requests[0]).toMatchObject({
    body: '{"events":[]}',
    headers: { "lambda-extension-name": "runtime-aws-lambda" },
  });
  expect(requests[1]?.headers["lambda-extension-identifier"]).toBe("extension-1");
  expect(ran).toEqual(["first", "second"]);
  expect(log[0]).toContain("ERROR\tShutdown Error");
  expect(exitCode).toBe(0);
});

test("a thread registers through its main thread", async () => {
  let registrations = 0;
  const process = Object.assign(new FakeProcess(), { registerExtension: async () => ++registrations > 0 });
  onShutdown(() => {});
  const { requests, exitCode } = await runScript(
    () => () => {
      process.emit("SIGTERM");
      return never();
    },
    { events: [event("{}"), event("{}")], process, environment: { maxConcurrency: 4, workerCount: 4 } },
  );
  expect(registrations).toBe(1);
  expect(exitCode).toBe(0);
  // A quarter of four is one at a time.
  expect(requests.map(({ route }) => route)).toEqual(["GET /2018-06-01/runtime/invocation/next"]);
});

test("where there is no Extensions API the function runs all the same, and the log says what that means", async () => {
  onShutdown(() => {});
  const { posts, log } = await runScript(() => () => 1, {
    events: [event("{}")],
    answers: { [register]: { status: 404, headers: { "Content-Length": "0" } } },
  });
  expect(posts.map(({ route }) => route.split("/").at(-1))).toEqual(["register", "response"]);
  expect(log[0]).toContain("WARN\tonShutdown: there is no Extensions API here");
});

test("a registration that is refused ends the run", async () => {
  onShutdown(() => {});
  const { error } = await runScript(() => () => 1, { answers: { [register]: { status: 403 } } });
  expect(error).toMatchObject({ code: "RUNTIME_API_REJECTED", status: 403 });
});

const restoreNext = "GET /2018-06-01/runtime/restore/next";
const snapStart = { environment: { initializationType: "snap-start" } };

test("SnapStart: hooks run around the snapshot, then events are served", async () => {
  const order: string[] = [];
  beforeSnapshot(() => order.push("before 1"));
  beforeSnapshot(async () => order.push("before 2"));
  afterRestore(() => order.push("after 1"));
  afterRestore(() => order.push("after 2"));
  const { requests } = await runScript(() => () => order.push("event"), {
    ...snapStart,
    events: [event("{}")],
    answers: { [restoreNext]: { status: 200 } },
  });
  expect(order).toEqual(["before 2", "before 1", "after 1", "after 2", "event"]);
  expect(requests.slice(0, 2).map(({ route }) => route)).toEqual([
    restoreNext,
    "GET /2018-06-01/runtime/invocation/next",
  ]);
});

test.each([
  ["before the snapshot", beforeSnapshot, "init/error", "Runtime.BeforeSnapshotError"],
  ["after the restore", afterRestore, "restore/error", "Runtime.AfterRestoreError"],
])("SnapStart: a hook that fails %s is reported by its phase", async (_name, addHook, route, errorType) => {
  addHook(() => {
    throw new RangeError("hook");
  });
  const { posts, error } = await runScript(() => () => 1, {
    ...snapStart,
    answers: { [restoreNext]: { status: 200 } },
  });
  expect(posts[0]?.route).toBe(`POST /2018-06-01/runtime/${route}`);
  expect(posts[0]?.headers["lambda-runtime-function-error-type"]).toBe(errorType);
  expect(JSON.parse(posts[0]?.body ?? "")).toMatchObject({ errorType, errorMessage: "RangeError: hook" });
  expect(error).toBeInstanceOf(RangeError);
});

test("SnapStart: a refused restore ends the run", async () => {
  const { error } = await runScript(() => () => 1, { ...snapStart, answers: { [restoreNext]: { status: 404 } } });
  expect(error).toMatchObject({ code: "RUNTIME_API_REJECTED", status: 404 });
});
