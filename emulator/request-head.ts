import type { Socket } from "node:net";

/** What stands in front of a body, however it was read. */
export interface RequestHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The same of a request that a function may see. */
export interface HttpRequestHead extends RequestHead {
  /** Names and values by turns, as sent. */
  readonly rawHeaders: readonly string[];
  readonly httpVersion: string;
  readonly socket: Pick<Socket, "remoteAddress">;
}

/** The first value of a header. @param name in lower case */
export function headerOf({ headers }: RequestHead, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "object" ? value[0] : value;
}
