/** An execution environment on a real port whose runtime is the test: nothing is started. */
import { systemClock } from "../../emulator/clock.ts";
import { ExecutionEnvironment } from "../../emulator/execution-environment.ts";
import { configureFunction } from "../../emulator/function-configuration.ts";
import type { Answer } from "../../emulator/invocation.ts";
import { createRuntimeApiServer } from "../../emulator/runtime-api/runtime-api-server.ts";
import { exchange, formatRequest, parseAnswer } from "./raw-http.ts";
import { anInvocation } from "./an-invocation.ts";

/** The path of `next`. */
export const nextPath = "/2018-06-01/runtime/invocation/next";

/** What the test does as a runtime, and as the service. */
export interface RuntimeByHand extends AsyncDisposable {
  readonly port: number;
  readonly environment: ExecutionEnvironment;
  /** Hands an invocation to the environment; resolves with its answer. */
  assign(payload: string): Promise<Answer>;
  /** Asks for an event; `path` is that of its invocation. */
  next(): Promise<{ readonly path: string; readonly event: string }>;
  /** Answers; gives the status. */
  respond(path: string, body: string): Promise<number>;
}

/** Opens the port. */
export async function startRuntime(): Promise<RuntimeByHand> {
  const environment = new ExecutionEnvironment({
    configuration: configureFunction("test", { source: "" }, { region: "us-east-1", accountId: "0".repeat(12) }),
    clock: systemClock,
    onLog: undefined,
    onFree: () => {},
    onGone: () => {},
  });
  const endpoint = await createRuntimeApiServer(systemClock).listen(environment, "127.0.0.1");
  const { port } = endpoint;
  let count = 0;
  return {
    port,
    environment,
    assign(payload) {
      const { answered } = environment.assign(anInvocation(`request-${++count}`, { payload: Buffer.from(payload) }));
      return answered;
    },
    async next() {
      const { headers, body } = parseAnswer(await exchange(port, [formatRequest("GET", nextPath)]));
      const requestId = headers.get("lambda-runtime-aws-request-id") ?? "";
      return { path: `/2018-06-01/runtime/invocation/${requestId}`, event: body };
    },
    async respond(path, body) {
      return parseAnswer(await exchange(port, [formatRequest("POST", `${path}/response`, body)])).status;
    },
    async [Symbol.asyncDispose]() {
      await environment.stop();
      await endpoint.close();
    },
  };
}
