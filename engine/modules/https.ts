/** `node:https`: clients. */
import { requestWith, type ClientRequest } from "./http-client.ts";

export { Agent, globalAgent } from "./http-agent.ts";

export function request(...args: readonly unknown[]): ClientRequest {
  return requestWith("https:", args);
}

export function get(...args: readonly unknown[]): ClientRequest {
  return request(...args).end();
}
