/** `node:http`: clients. */
import { ClientRequest, IncomingMessage, requestWith } from "./http-client.ts";

export { Agent, globalAgent } from "./http-agent.ts";
export { ClientRequest, IncomingMessage };

export function request(...args: readonly unknown[]): ClientRequest {
  return requestWith("http:", args);
}

export function get(...args: readonly unknown[]): ClientRequest {
  return request(...args).end();
}

export const METHODS: readonly string[] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
