/**
 * The default transport: HTTP/1.1 over kept-alive sockets of `node:net`, without the layers of `node:http`. A request
 * that finds no idle connection opens one; only `postThenGet` has two requests on the way on the same connection.
 */
import { SocketConnection, type SocketExchange } from "./socket-connection.ts";
import { parseAuthority } from "./runtime-api-authority.ts";
import type { Transport, TransportResponse } from "./transport.ts";

/**
 * Creates the socket transport.
 *
 * @param authority `host:port` as in `AWS_LAMBDA_RUNTIME_API`; an IPv6 host stands in brackets.
 * @throws RuntimeApiError `BAD_ENVIRONMENT` when it is not of that form.
 */
export function createSocketTransport(authority: string): Transport {
  const { host, port } = parseAuthority(authority);
  const idle: SocketConnection[] = [];
  const open = (): SocketConnection => new SocketConnection(host, port, idle);
  const connection = (): SocketConnection => idle.pop() ?? open();

  const formatHead = (method: string, path: string, headers: Readonly<Record<string, string>>): string => {
    let head = `${method} ${path} HTTP/1.1\r\nHost: ${authority}\r\n`;
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
    return head;
  };
  const formatPost = (path: string, headers: Readonly<Record<string, string>>, body: string | Uint8Array): string =>
    `${formatHead("POST", path, headers)}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  // The same GET follows every answer.
  let lastGet = { path: "", head: "" };
  const formatGet = (path: string): string => {
    if (lastGet.path !== path) lastGet = { path, head: `${formatHead("GET", path, {})}\r\n` };
    return lastGet.head;
  };

  return {
    get(path) {
      const { exchange, answered } = createExchange(path, formatGet(path));
      connection().send([exchange]);
      return answered;
    },
    post(path, headers, body) {
      const { exchange, answered } = createExchange(path, formatPost(path, headers, body), body);
      connection().send([exchange]);
      return answered;
    },
    postThenGet(path, headers, body, getPath) {
      const post = createExchange(path, formatPost(path, headers, body), body);
      const get = createExchange(getPath, formatGet(getPath));
      connection().send([post.exchange, get.exchange]);
      return { posted: post.answered, got: get.answered };
    },
    postStream(path, headers, trailerNames) {
      let head = `${formatHead("POST", path, headers)}Transfer-Encoding: chunked\r\n`;
      if (trailerNames.length > 0) head += `Trailer: ${trailerNames.join(", ")}\r\n`;
      const { exchange, answered } = createExchange(path, `${head}\r\n`);
      // A connection of its own: written bytes cannot be sent again if a kept one turns out to be closed.
      return { ...open().stream(exchange), answered };
    },
    close() {
      for (const each of idle.splice(0)) each.destroy();
    },
  };
}

function createExchange(
  path: string,
  head: string,
  body?: string | Uint8Array,
): { readonly exchange: SocketExchange; readonly answered: Promise<TransportResponse> } {
  const { promise, resolve, reject } = Promise.withResolvers<TransportResponse>();
  return { exchange: { path, head, body, resolve, reject }, answered: promise };
}
