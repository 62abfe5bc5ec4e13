import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import {
  HttpResponseStream,
  readStreamingMark,
  streamifyResponse,
  type StreamingHandler,
} from "../../runtime/awslambda-global.ts";
import { createHttpTransport } from "../../runtime/http-transport.ts";
import type { Handler } from "../../runtime/run.ts";
import type { ResponseStream } from "../../runtime/response-stream.ts";
import { FakeProcess, runScript, type RunOptions, type RunResult } from "../support/run-script.ts";
import { event } from "../support/scripted-runtime-api.ts";

const run = (
  handler: StreamingHandler<never>,
  options: RunOptions & { highWaterMark?: number } = {},
): Promise<RunResult> => {
  const { highWaterMark, ...rest } = options;
  const marked = streamifyResponse(handler, highWaterMark === undefined ? {} : { highWaterMark });
  return runScript(() => marked as unknown as Handler, { events: [event('{"name":"Ada"}')], ...rest });
};

const decodeTrailer = (text: string | undefined): unknown =>
  JSON.parse(Buffer.from(text ?? "", "base64").toString("utf8"));

test("a streamed response is sent in chunks with the streaming mode", async () => {
  const { posts, error } = await run(async (_event, stream) => {
    stream.setContentType("text/plain");
    stream.write("héllo ");
    stream.write(Buffer.from("world"));
    stream.end("!");
  });
  expect(posts[0]).toMatchObject({
    route: "POST /2018-06-01/runtime/invocation/request-1/response",
    body: "héllo world!",
    headers: {
      "content-type": "text/plain",
      "transfer-encoding": "chunked",
      "lambda-runtime-function-response-mode": "streaming",
      trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
    },
    trailers: {},
  });
  expect(error).toMatchObject({ status: 403 });
});

test("objects are written as JSON, and an empty stream is an empty response", async () => {
  const objects = await run(async (_event, stream) => {
    stream.write({ a: 1 });
    stream.end();
  });
  expect(objects.posts[0]?.body).toBe('{"a":1}');
  const empty = await run(async (_event, stream) => void stream.end());
  expect(empty.posts[0]).toMatchObject({ body: "", headers: { "content-type": "application/octet-stream" } });
});

test("a prelude comes before the first write, once", async () => {
  const { posts } = await run(async (_event, stream) => {
    const response = HttpResponseStream.from(stream, { statusCode: 201, headers: { a: "b" } });
    response.write("first");
    response.end("second");
  });
  expect(posts[0]?.headers["content-type"]).toBe("application/vnd.awslambda.http-integration-response");
  expect(posts[0]?.body).toBe(`{"statusCode":201,"headers":{"a":"b"}}${"\0".repeat(8)}firstsecond`);
});

test("a prelude of a stream without a write is not sent", async () => {
  const { posts } = await run(async (_event, stream) => void HttpResponseStream.from(stream, {}).end());
  expect(posts[0]?.body).toBe("");
});

test.each([
  ["before the first byte", "", async () => Promise.reject(new RangeError("too late"))],
  [
    "in the middle",
    "half",
    async (_event: never, stream: ResponseStream) => {
      stream.write("half");
      throw new RangeError("too late");
    },
  ],
])("a failure %s travels in the trailers", async (_name, body, handler) => {
  const { posts, log } = await run(handler);
  expect(posts[0]?.body).toBe(body);
  expect(posts[0]?.trailers["lambda-runtime-function-error-type"]).toBe("RangeError");
  expect(decodeTrailer(posts[0]?.trailers["lambda-runtime-function-error-body"])).toMatchObject({
    errorType: "RangeError",
    errorMessage: "too late",
  });
  expect(log[0]).toContain("ERROR\tInvoke Error");
});

test.each<[string, (stream: ResponseStream) => unknown, object]>([
  ["that is not async", () => {}, { errorMessage: "Streaming does not support non-async handlers." }],
  [
    "that sets the content type too late",
    async (stream) => {
      stream.write("x");
      stream.setContentType("a/b");
    },
    { errorType: "Runtime.InvalidStreamingOperation", errorMessage: "Cannot set content-type, too late." },
  ],
  [
    "that puts a header into the content type",
    async (stream) => stream.setContentType("a/b\r\nX-Evil: 1"),
    { errorType: "Runtime.InvalidStreamingOperation" },
  ],
  [
    "that destroys its stream",
    async (stream) => stream.destroy(),
    { errorMessage: "Response stream is not finished." },
  ],
  ["that destroys it with an error", async (stream) => stream.destroy(new TypeError("x")), { errorType: "TypeError" }],
])("a handler %s fails in the trailers", async (_name, handler, document) => {
  const { posts } = await run(((_event: never, stream: ResponseStream) => handler(stream)) as StreamingHandler<never>);
  expect(decodeTrailer(posts[0]?.trailers["lambda-runtime-function-error-body"])).toMatchObject(document);
});

test("an event that cannot be decoded fails in the trailers", async () => {
  const { posts } = await run(async () => {}, { events: [event("{")] });
  expect(posts[0]?.trailers["lambda-runtime-function-error-type"]).toBe("SyntaxError");
});

test("a failed pipeline destroys the response", async () => {
  const source = (): Readable =>
    Readable.from(
      (async function* () {
        yield "some";
        throw new RangeError("source");
      })(),
    );
  const { posts } = await run(async (_event, stream) => pipeline(source(), stream));
  expect(posts[0]?.body).toBe("some");
  expect(posts[0]?.trailers["lambda-runtime-function-error-type"]).toBe("RangeError");
});

test("writes wait for a slow reader, and nothing is lost", async () => {
  const piece = Buffer.alloc(64 * 1024, "x");
  let pauses = 0;
  const { posts } = await run(
    async (_event, stream) => {
      for (let count = 0; count < 200; count++) {
        if (stream.write(piece)) continue;
        pauses++;
        // oxlint-disable-next-line no-await-in-loop -- the pause is the subject
        await new Promise((resolve) => stream.once("drain", resolve));
      }
      stream.end();
    },
    { highWaterMark: 1024 },
  );
  expect(posts[0]?.body.length).toBe(200 * piece.length);
  expect(pauses).toBe(200);
});

test("writes that are not waited for are collected, and sent together", async () => {
  const piece = Buffer.alloc(256 * 1024, "x");
  const { posts } = await run(async (_event, stream) => {
    for (let count = 0; count < 40; count++) stream.write(piece);
    stream.end();
  });
  expect(posts[0]?.body.length).toBe(40 * piece.length);
});

test.each([
  ["an empty event loop", "beforeExit", 0, "Runtime.NodeJsExit"],
  ["an uncaught exception", "uncaughtException", new RangeError("nobody"), "RangeError"],
])("%s fails a response that has begun in its trailers", async (_name, name, argument, errorType) => {
  const process = new FakeProcess();
  const { posts } = await run(
    async (_event, stream) => {
      stream.write("half");
      setImmediate(() => process.emit(name, argument));
      await new Promise(() => {});
    },
    { process },
  );
  expect(posts).toHaveLength(1);
  expect(posts[0]?.body).toBe("half");
  expect(posts[0]?.trailers["lambda-runtime-function-error-type"]).toBe(errorType);
});

test("a failure behind writes that still wait ends the response", async () => {
  const { posts } = await run(
    async (_event, stream) => {
      for (let count = 0; count < 40; count++) stream.write(Buffer.alloc(1024 * 1024));
      throw new RangeError("too late");
    },
    { highWaterMark: 1 },
  );
  expect(posts[0]?.trailers["lambda-runtime-function-error-type"]).toBe("RangeError");
});

test("a failure after the end is logged; the response is complete", async () => {
  const { posts, log } = await run(async (_event, stream) => {
    await new Promise<void>((resolve) => void stream.end("all", resolve));
    throw new RangeError("too late");
  });
  expect(posts[0]).toMatchObject({ body: "all", trailers: {} });
  expect(log[0]).toContain('Invoke Error \t{"errorType":"RangeError"');
});

test("a value that is returned is ignored, and said to be", async () => {
  const handler = (async (_event: never, stream: ResponseStream) => {
    stream.end("x");
    return 1;
  }) as unknown as StreamingHandler<never>;
  const { posts, log } = await run(handler);
  expect(posts[0]?.body).toBe("x");
  expect(log[0]).toContain("WARN\tStreaming handlers ignore return values.");
});

test("a response that Lambda refuses is logged, and the next event is served", async () => {
  const { posts, log } = await run(async (_event, stream) => void stream.end("x"), {
    events: [event("1"), event("2")],
    answers: { response: { status: 413, body: "too large" } },
  });
  expect(posts).toHaveLength(2);
  expect(log.join("")).toContain("Response lost: The Runtime API answered 413 too large");
});

test("a response that cannot be survived ends the run", async () => {
  const { error } = await run(async (_event, stream) => void stream.end("x"), {
    answers: { response: { status: 500 } },
  });
  expect(error).toMatchObject({ code: "RUNTIME_API_REJECTED", status: 500 });
});

test("streams over node:http too", async () => {
  const { createServer } = await import("node:http");
  const received: { body: string; trailers: unknown }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      received.push({ body, trailers: request.trailers });
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const transport = createHttpTransport(`127.0.0.1:${port}`);
  const post = transport.postStream("/response", {}, ["Error-Type"]);
  const piece = "x".repeat(1024 * 1024);
  for (let count = 0; count < 4; count++) {
    // oxlint-disable-next-line no-await-in-loop -- the pause is the subject
    if (!post.write(piece)) await post.drained();
  }
  await post.drained();
  post.end({ "Error-Type": "Boom" });
  expect((await post.answered).status).toBe(202);
  expect(received).toEqual([{ body: piece.repeat(4), trailers: { "error-type": "Boom" } }]);
  const cut = transport.postStream("/response", {}, []);
  cut.write("x");
  server.closeAllConnections();
  await expect(cut.answered).rejects.toMatchObject({ code: "RUNTIME_API_UNREACHABLE" });
  await cut.drained();
  transport.close();
  server.close();
});

test("marks of any copy of the library count; a foreign mode is refused", () => {
  expect(readStreamingMark(() => {})).toBeUndefined();
  const marked = streamifyResponse(async () => {}, { highWaterMark: 10.5 });
  expect(readStreamingMark(marked)).toEqual({ highWaterMark: 10 });
  const foreign = Object.assign(() => {}, { [Symbol.for("aws.lambda.runtime.handler.streaming")]: "request" });
  expect(() => readStreamingMark(foreign)).toThrow("Only response streaming is supported.");
});

test("the stream is a Writable of Node.js", async () => {
  const { posts } = await run(async (_event, stream) => {
    const through = new PassThrough();
    through.end("through");
    await pipeline(through, stream);
  });
  expect(posts[0]?.body).toBe("through");
});
