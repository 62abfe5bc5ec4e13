/** The alternative transport, on `node:http`: slower, for those who want its agents, hooks and diagnostics. */
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { drained } from "./drained.ts";
import { RuntimeApiError } from "./errors.ts";
import { parseAuthority } from "./runtime-api-authority.ts";
import type { Transport, TransportResponse } from "./transport.ts";

/**
 * Creates the transport.
 *
 * @param authority `host:port` as in `AWS_LAMBDA_RUNTIME_API`; an IPv6 host stands in brackets.
 * @param options of every request, an `agent` for example. @default an agent that keeps connections
 * @throws RuntimeApiError `BAD_ENVIRONMENT` when the authority is not of that form.
 */
export function createHttpTransport(authority: string, options: RequestOptions = {}): Transport {
  const { host, port } = parseAuthority(authority);
  // Loaded by those who choose it.
  const { Agent, request } = process.getBuiltinModule("node:http");
  const agent = new Agent({ keepAlive: true });

  const begin = (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
  ): { readonly request: ClientRequest; readonly answered: Promise<TransportResponse> } => {
    const outgoing = request({ agent, ...options, host, port, method, path, headers });
    const answered = new Promise<TransportResponse>((resolve, reject) => {
      const fail = (cause: Error): void => {
        const message = `Requesting ${path} from the Runtime API at ${host}:${port} failed: ${cause.message}`;
        reject(new RuntimeApiError("RUNTIME_API_UNREACHABLE", message, { path, cause }));
      };
      outgoing.once("error", fail);
      outgoing.once("response", (response) => void readResponse(response).then(resolve, fail));
    });
    return { request: outgoing, answered };
  };

  return {
    get(path) {
      const { request: outgoing, answered } = begin("GET", path, {});
      outgoing.end();
      return answered;
    },
    post({ path, headers, body }) {
      const length = { "Content-Length": String(Buffer.byteLength(body)) };
      const { request: outgoing, answered } = begin("POST", path, { ...headers, ...length });
      outgoing.end(body);
      return answered;
    },
    postStream(path, headers, trailerNames) {
      const chunked = { "Transfer-Encoding": "chunked", Trailer: trailerNames.join(", ") };
      const { request: outgoing, answered } = begin("POST", path, { ...headers, ...chunked });
      return {
        write: (chunk) => outgoing.write(chunk),
        drained: () => drained(outgoing),
        end(trailers = {}) {
          outgoing.addTrailers(trailers);
          outgoing.end();
        },
        answered,
      };
    },
    close: () => agent.destroy(),
  };
}

async function readResponse(response: IncomingMessage): Promise<TransportResponse> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  // Optional only because servers receive messages of this class as well.
  return { status: response.statusCode as number, headers, body: Buffer.concat(chunks) };
}
