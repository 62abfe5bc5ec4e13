/** What an answer in one piece needs: the part of `ServerResponse` that a `PlainAnswer` has as well. */
export interface Answering {
  writeHead(status: number, headers: string[]): { end(): unknown };
  end(body: string, encoding: "latin1"): unknown;
  end(body: Buffer): unknown;
  once(event: "close", listener: () => void): unknown;
}
