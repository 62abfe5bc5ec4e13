/** Initialise once, then answer: the initialiser's promise is awaited before the first event. */
import { randomUUID } from "node:crypto";
import { defaultRuntime } from "runtime-aws-lambda";

await defaultRuntime<{ name?: string }, { greeting: string; environmentId: string; count: number }>(async ({ env }) => {
  const greeting = env["GREETING"] ?? "Hello";
  const environmentId = randomUUID();
  let count = 0;
  return async ({ name = "world" }) => ({ greeting: `${greeting}, ${name}!`, environmentId, count: ++count });
}).run();
