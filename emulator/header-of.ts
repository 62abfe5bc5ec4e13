import type { IncomingMessage } from "node:http";

/** The first value of a header. @param name in lower case */
export function headerOf({ headers }: Pick<IncomingMessage, "headers">, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
