/** The least a runtime needs to be served: a raw-socket Runtime API that answers at once and takes the time. */
import { createServer, type AddressInfo, type Socket } from "node:net";

/** One server for one runtime at a time. */
export interface CountingRuntimeApi {
  /** For AWS_LAMBDA_RUNTIME_API. */
  readonly authority: string;
  /**
   * Resolves with the time, on the clock of `performance.now()`, at which the runtime asks for its event number
   * `count`; 0 is the first. Rejects when it answers an event with anything but a response.
   */
  reached(count: number): Promise<number>;
  /** Ends the connections and counts from 0 again. */
  reset(): void;
  close(): void;
}

const requestId = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const nextLine = "GET /2018-06-01/runtime/invocation/next ";
const responseLine = `POST /2018-06-01/runtime/invocation/${requestId}/response `;
const event = '{"name":"Ada","items":[1,2,3]}';
const next = Buffer.from(
  "HTTP/1.1 200 OK\r\n" +
    `Lambda-Runtime-Aws-Request-Id: ${requestId}\r\n` +
    "Lambda-Runtime-Deadline-Ms: 4102444800000\r\n" +
    "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:bench\r\n" +
    "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n" +
    `Content-Type: application/json\r\nContent-Length: ${event.length}\r\n\r\n${event}`,
);
const accepted = Buffer.from(
  'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n',
);

/** Starts the server on a free loopback port. */
export async function startCountingRuntimeApi(): Promise<CountingRuntimeApi> {
  const sockets = new Set<Socket>();
  let waiting = new Map<number, PromiseWithResolvers<number>>();
  let count = 0;

  const server = createServer({ noDelay: true }, (socket) => {
    let text = "";
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (let size = requestSize(text); size <= text.length; size = requestSize(text)) {
        const isNext = text.startsWith(nextLine);
        if (isNext) waiting.get(count++)?.resolve(performance.now());
        else if (!text.startsWith(responseLine)) {
          const error = new Error(`the runtime sent: ${text.slice(0, size)}`);
          for (const each of waiting.values()) each.reject(error);
        }
        text = text.slice(size);
        socket.write(isNext ? next : accepted);
      }
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    authority: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    reached(number) {
      const reached = Promise.withResolvers<number>();
      waiting.set(number, reached);
      return reached.promise;
    },
    reset() {
      for (const socket of sockets) socket.destroy();
      waiting = new Map();
      count = 0;
    },
    close: () => void server.close(),
  };
}

/** Of the first request; Infinity while its head is incomplete. */
function requestSize(text: string): number {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return Number.POSITIVE_INFINITY;
  if (text.startsWith("GET")) return headEnd + 4;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd))?.[1];
  if (length === undefined) throw new Error(`a request without Content-Length: ${text.slice(0, 200)}`);
  return headEnd + 4 + Number(length);
}
