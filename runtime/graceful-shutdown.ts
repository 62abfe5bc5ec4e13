/**
 * Runs the hooks of `onShutdown` when Lambda ends the environment. Lambda sends SIGTERM only where an extension is
 * registered, so the runtime registers an internal one, which asks for no events. Source: AWS Lambda developer guide,
 * "Lambda Extensions API" and "Shutdown phase".
 */
import type { Logger } from "./console-log.ts";
import type { LifecycleHook } from "./lifecycle-hooks.ts";
import type { ProcessEvents } from "./process-events.ts";
import { parseAuthority } from "./runtime-api-authority.ts";
import { RuntimeApiError } from "./errors.ts";
import { SocketConnection } from "./socket-connection.ts";
import type { TransportResponse } from "./transport.ts";

const base = "/2020-01-01/extension";
const extensionName = "runtime-aws-lambda";

/**
 * Registers the internal extension. The connection on which it waits keeps nothing alive.
 *
 * @param authority `host:port` of the Runtime API, which serves the Extensions API as well
 * @returns false where there is no Extensions API, as in some emulators: SIGTERM may then not come
 * @throws RuntimeApiError when the registration is refused
 */
export async function registerInternalExtension(authority: string): Promise<boolean> {
  const path = `${base}/register`;
  const body = '{"events":[]}';
  const head =
    `POST ${path} HTTP/1.1\r\nHost: ${authority}\r\nLambda-Extension-Name: ${extensionName}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const { status, headers } = await request(authority, path, head, body).answered;
  if (status === 404) return false;
  const identifier = headers["lambda-extension-identifier"];
  if (status !== 200 || identifier === undefined) {
    const message = `Registering for SIGTERM as an internal extension failed: ${path} answered ${status}`;
    throw new RuntimeApiError("RUNTIME_API_REJECTED", message, { status, path });
  }
  // The init phase ends when every extension waits for its next event; for this one there will be none.
  const nextPath = `${base}/event/next`;
  const waiting = request(
    authority,
    nextPath,
    `GET ${nextPath} HTTP/1.1\r\nHost: ${authority}\r\nLambda-Extension-Identifier: ${identifier}\r\n\r\n`,
  );
  waiting.connection.unref();
  // The connection ends with the environment.
  waiting.answered.catch(() => {});
  return true;
}

/** What SIGTERM does, once: runs all hooks at the same time, waits for them, and ends the process with code 0. */
export function createShutdown(events: ProcessEvents, hooks: readonly LifecycleHook[], logger: Logger): () => void {
  let isUnderWay = false;
  return () => {
    if (isUnderWay) return;
    isUnderWay = true;
    const running = hooks.map(async (hook) => {
      try {
        await hook();
      } catch (error) {
        logger.failure("Shutdown Error", error);
      }
    });
    void Promise.all(running).then(() => events.exit(0));
  };
}

function request(
  authority: string,
  path: string,
  head: string,
  body?: string,
): { readonly connection: SocketConnection; readonly answered: Promise<TransportResponse> } {
  const { host, port } = parseAuthority(authority);
  const connection = new SocketConnection(host, port, []);
  const { promise, resolve, reject } = Promise.withResolvers<TransportResponse>();
  connection.send([{ path, head, body, resolve, reject }]);
  return { connection, answered: promise };
}
