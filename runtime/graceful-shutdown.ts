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
import { createSocketTransport } from "./socket-transport.ts";

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
  const transport = createSocketTransport(authority);
  const headers = { "Lambda-Extension-Name": extensionName, "Content-Type": "application/json" };
  const { status, headers: answer } = await transport.post({ path, headers, body: '{"events":[]}' });
  transport.close();
  if (status === 404) return false;
  const identifier = answer["lambda-extension-identifier"];
  if (status !== 200 || identifier === undefined) {
    const message = `Registering for SIGTERM as an internal extension failed: ${path} answered ${status}`;
    throw new RuntimeApiError("RUNTIME_API_REJECTED", message, { status, path });
  }
  waitWithoutEvents(authority, identifier);
  return true;
}

/** The init phase ends when every extension waits for its next event; for this one there will be none. */
function waitWithoutEvents(authority: string, identifier: string): void {
  const { host, port } = parseAuthority(authority);
  const path = `${base}/event/next`;
  const head = `GET ${path} HTTP/1.1\r\nHost: ${authority}\r\nLambda-Extension-Identifier: ${identifier}\r\n`;
  const connection = new SocketConnection(host, port, []);
  connection.send({ path, head, body: undefined, receive: ignore, resolve: undefined, reject: ignore });
  connection.unref();
}

/** The connection ends with the environment, which is no failure. */
function ignore(): void {}

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
