/**
 * The default transport: HTTP/1.1 over kept-alive sockets of `node:net`, without the layers of `node:http`. A request
 * that finds no idle connection opens one; only `postThenGet` has two requests on the way on the same connection.
 */
import { SocketConnection } from "./socket-connection.ts";
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
  // The same GET follows every answer.
  let lastGet = { path: "", head: "" };
  const formatGet = (path: string): string => {
    if (lastGet.path !== path) lastGet = { path, head: formatHead("GET", path, {}) };
    return lastGet.head;
  };

  const send = (path: string, head: string, body?: string | Uint8Array): Promise<TransportResponse> => {
    const { promise, resolve, reject } = Promise.withResolvers<TransportResponse>();
    connection().send({ path, head, body, receive: resolve, resolve: undefined, reject });
    return promise;
  };

  return {
    get: (path) => send(path, formatGet(path)),
    post: ({ path, headers, body }) => send(path, formatHead("POST", path, headers), body),
    postThenGet({ path, headers, body }, getPath, onPosted, onGot) {
      const chosen = connection();
      const head = formatHead("POST", path, headers);
      const getHead = formatGet(getPath);
      // First of all: the other side can begin.
      chosen.write(head, body, getHead);
      const { promise, resolve, reject } = Promise.withResolvers<never>();
      chosen.expect(
        { path, head, body, receive: onPosted, resolve: undefined, reject },
        { path: getPath, head: getHead, body: undefined, receive: onGot, resolve: resolve as () => void, reject },
      );
      return promise;
    },
    postStream(path, headers, trailerNames) {
      let head = `${formatHead("POST", path, headers)}Transfer-Encoding: chunked\r\n`;
      if (trailerNames.length > 0) head += `Trailer: ${trailerNames.join(", ")}\r\n`;
      const { promise, resolve, reject } = Promise.withResolvers<TransportResponse>();
      // A connection of its own: written bytes cannot be sent again if a kept one turns out to be closed.
      const stream = open().stream({ path, head, body: undefined, receive: resolve, resolve: undefined, reject });
      return { ...stream, answered: promise };
    },
    close() {
      for (const each of idle.splice(0)) each.destroy();
    },
  };
}
