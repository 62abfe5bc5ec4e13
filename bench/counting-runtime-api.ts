/** The least a runtime needs to be served: a raw-socket Runtime API that answers at once and takes the time. */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { RequestScanner } from "./request-scanner.ts";

/** One server for one runtime at a time. */
export interface CountingRuntimeApi {
  /** For AWS_LAMBDA_RUNTIME_API. */
  readonly authority: string;
  /**
   * Resolves with the time, on the clock of `performance.now()`, at which the runtime asks for its event number
   * `count`; 0 is the first. Rejects when it answers an event with anything but a response.
   */
  reached(count: number): Promise<number>;
  /** Bytes of all responses since the start. */
  bodyBytes(): number;
  /** Ends the connections and counts from 0 again. */
  reset(): void;
  close(): void;
}

/** What it serves. */
export interface CountingOptions {
  /** JSON text of every event. */
  readonly event?: string;
}

const requestId = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const nextLine = "GET /2018-06-01/runtime/invocation/next ";
const responseLine = `POST /2018-06-01/runtime/invocation/${requestId}/response `;
const accepted = Buffer.from(
  'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n',
);

function formatNext(event: string): Buffer {
  return Buffer.from(
    "HTTP/1.1 200 OK\r\n" +
      `Lambda-Runtime-Aws-Request-Id: ${requestId}\r\n` +
      "Lambda-Runtime-Deadline-Ms: 4102444800000\r\n" +
      "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:bench\r\n" +
      "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n" +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(event)}\r\n\r\n${event}`,
  );
}

/** Starts the server on a free loopback port. */
export async function startCountingRuntimeApi(options: CountingOptions = {}): Promise<CountingRuntimeApi> {
  const next = formatNext(options.event ?? '{"name":"Ada","items":[1,2,3]}');
  const sockets = new Set<Socket>();
  let waiting = new Map<number, PromiseWithResolvers<number>>();
  let count = 0;
  let bodyBytes = 0;

  const server = createServer({ noDelay: true }, (socket) => {
    const scanner = new RequestScanner(
      (request) => {
        const isNext = request.head.startsWith(nextLine);
        if (isNext) waiting.get(count++)?.resolve(performance.now());
        else if (request.head.startsWith(responseLine)) bodyBytes += request.bodyBytes;
        else {
          const error = new Error(`the runtime sent: ${request.head}`);
          for (const each of waiting.values()) each.reject(error);
        }
        socket.write(isNext ? next : accepted);
      },
      () => socket.write("HTTP/1.1 100 Continue\r\n\r\n"),
    );
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk) => scanner.push(chunk));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    authority: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    reached(number) {
      const reached = Promise.withResolvers<number>();
      waiting.set(number, reached);
      return reached.promise;
    },
    bodyBytes: () => bodyBytes,
    reset() {
      for (const socket of sockets) socket.destroy();
      waiting = new Map();
      count = 0;
      bodyBytes = 0;
    },
    close: () => void server.close(),
  };
}
