/** Which of a function's headers a front end sends, and under which name. */
import type { HeaderList } from "./http-request.ts";

/** What one front end does with certain headers; names in lower case. */
export interface HeaderRules {
  /** Sent as `x-amzn-Remapped-<name>`. */
  readonly remapped: ReadonlySet<string>;
  readonly dropped: ReadonlySet<string>;
}

/**
 * Of function URLs and HTTP APIs. Remapped: observed on function URLs (aws-lambda-web-adapter, issue 491). Dropped: those
 * that API Gateway drops, since they would break the message.
 */
export const urlHeaderRules: HeaderRules = {
  remapped: new Set(["connection", "content-length", "date", "server"]),
  dropped: new Set(["expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]),
};

/**
 * Of REST APIs. Source: API Gateway developer guide, "Amazon API Gateway important notes"; `content-length` as seen in
 * answers of REST APIs.
 */
export const restHeaderRules: HeaderRules = {
  remapped: new Set([
    "authorization",
    "connection",
    "content-length",
    "content-md5",
    "date",
    "max-forwards",
    "server",
    "user-agent",
    "www-authenticate",
  ]),
  dropped: new Set(["expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]),
};

/**
 * Of load balancers. Source: user guide for Application Load Balancers, "Lambda functions as targets": headers of the
 * connection are not honoured and the length is computed. `date` and `server` are dropped since every answer has its own.
 */
export const loadBalancerHeaderRules: HeaderRules = {
  remapped: new Set(),
  dropped: new Set([
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
  ]),
};

/** Renames and drops. */
export function applyRules(headers: HeaderList, rules: HeaderRules): HeaderList {
  return headers
    .filter(([name]) => !rules.dropped.has(name.toLowerCase()))
    .map(([name, value]) => [rules.remapped.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name, value]);
}
