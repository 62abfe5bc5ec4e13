/** Callers of a soak: one of each kind, again and again until the time is over, with a pause in between. */
import { setTimeout as pause } from "node:timers/promises";

/** How often each kind of request ended how. */
export type Outcomes = Readonly<Record<string, Readonly<Record<string, number>>>>;

type Call = (turn: number) => Promise<string>;

/** @param url of the emulator @param pauseMs between two requests of one caller */
export async function callUntil(endMs: number, url: string, pauseMs: number): Promise<Outcomes> {
  const outcomes: Record<string, Record<string, number>> = {};
  const callAll = Object.entries(calls(url)).map(async ([kind, call]) => {
    const counts: Record<string, number> = (outcomes[kind] = {});
    for (let turn = 0; performance.now() < endMs; turn++) {
      // oxlint-disable no-await-in-loop -- a caller waits for its answer
      const outcome = await call(turn).catch((error: unknown) => String(error));
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      await pause(pauseMs * (0.5 + Math.random()));
      // oxlint-enable no-await-in-loop
    }
  });
  await Promise.all(callAll);
  return outcomes;
}

function calls(url: string): Readonly<Record<string, Call>> {
  const invoke = (name: string, event: object, headers: Record<string, string> = {}): Promise<string> =>
    read(`${url}/2015-03-31/functions/${name}/invocations`, {
      method: "POST",
      headers,
      body: JSON.stringify(event),
    });
  const stream = (mib: number, isLeft: boolean): Promise<string> =>
    read(
      `${url}/2021-11-15/functions/stream/response-streaming-invocations`,
      { method: "POST", body: JSON.stringify({ mib }) },
      isLeft,
    );
  return {
    "Invoke, of code that changes": () => invoke("hello", { name: "Ada" }),
    "Invoke, with the log": () => invoke("hello", { name: "Ada" }, { "X-Amz-Log-Type": "Tail" }),
    "Invoke, an extension and telemetry beside it": (turn) =>
      invoke("observed", { how: turn % 20 === 19 ? "exit" : "well" }),
    "Invoke, SnapStart": () => invoke("snapshot", { how: "well" }),
    "Invoke, of a tenant": (turn) => invoke("tenants", { how: "well" }, { "X-Amz-Tenant-Id": `tenant-${turn % 7}` }),
    "Invoke, that fails": (turn) => invoke("failing", { how: ["throw", "exit", "hang", "well"][turn % 4] }),
    "Event, with retries and records": (turn) =>
      invoke("queued", { how: turn % 5 === 0 ? "throw" : "well" }, { "X-Amz-Invocation-Type": "Event" }),
    "InvokeWithResponseStream, 1 MiB": () => stream(1, false),
    "InvokeWithResponseStream, caller gone in the middle": () => stream(8, true),
    "InvokeWithResponseStream, 32 MiB": (turn) => (turn % 20 === 0 ? stream(32, false) : stream(0, false)),
    "function URL": () => read(`${url}/lambda-url/url/path?query=1`),
    "function URL, RESPONSE_STREAM": () => read(`${url}/lambda-url/page/`),
    "HTTP API": (turn) => read(`${url}/orders/${turn}`),
    "what is refused": (turn) => (turn % 2 === 0 ? invoke("nobody", {}) : read(`${url}/nowhere`)),
  };
}

/** @param isLeft hangs up behind the first piece */
async function read(url: string, init: RequestInit = {}, isLeft = false): Promise<string> {
  const response = await fetch(url, init);
  const reader = response.body?.getReader();
  let isRead = reader === undefined;
  while (!isRead) {
    // oxlint-disable-next-line no-await-in-loop -- piece by piece
    const piece = await reader?.read();
    isRead = piece === undefined || piece.done || isLeft;
  }
  if (isLeft) await reader?.cancel();
  return response.headers.has("x-amz-function-error") ? "function error" : String(response.status);
}
