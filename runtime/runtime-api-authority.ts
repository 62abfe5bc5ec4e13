/** `host:port`, as `AWS_LAMBDA_RUNTIME_API` names the Runtime API. */
import { RuntimeApiError } from "./errors.ts";

/**
 * Takes it apart; an IPv6 host stands in brackets.
 *
 * @throws RuntimeApiError `BAD_ENVIRONMENT` when it is not of that form.
 */
export function parseAuthority(authority: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/\s]+)):(\d{1,5})$/.exec(authority);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port === 0 || port > 65_535) {
    const found = JSON.stringify(authority);
    throw new RuntimeApiError("BAD_ENVIRONMENT", `AWS_LAMBDA_RUNTIME_API must be host:port, it is ${found}`);
  }
  return { host, port };
}
