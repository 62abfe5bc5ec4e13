/** Answers of a Runtime API that the engine reads itself come to the same as those that the runtime reads. */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { expect } from "vitest";
import { engineTimeoutMs, runProgram } from "../support/native-engine.ts";
import { runOnBothEngines } from "../support/run-on-both-engines.ts";
import { test } from "../support/temporary-folder.ts";

const ok = "HTTP/1.1 200 OK\r\n";
const event = `${ok}Lambda-Runtime-Aws-Request-Id: 1\r\nContent-Length: 5\r\n\r\nevent`;
const accepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok";

/** The last answer of each is followed by the end of the connection. */
const toOne = [
  `${ok}Content-Length: 5\r\nX-One:  1 \r\n\r\nhello`,
  `${ok}Content-Length: 2\r\nX-One: 1\r\nx-one: 2\r\nno colon\r\n: no name\r\nX-Two:\r\n\r\nok`,
  `${ok}content-length: 0\r\n\r\n`,
  `${ok}Content-Length: 2\r\nContent-Length: 4\r\n\r\ntwice`,
  `${ok}Content-Length: 3\r\n__proto__: a\r\nconstructor: b\r\n\r\nown`,
  `${ok}Content-Length: 3\r\nX-Latin: \u00e9\u00a0\r\n\r\n\u00e9te`,
  `${ok}Content-Length: +2\r\n\r\nok`,
  `${ok}Content-Length: -2\r\n\r\nok`,
  `${ok}Content-Length: 2, 2\r\n\r\nok`,
  `${ok}Content-Length: \r\n\r\nok`,
  `${ok}Content-Length: 18446744073709551616\r\n\r\nok`,
  `${ok}Content-Length: 000000000000002\r\n\r\nok`,
  `${ok}Content-Length: 0000000000000002\r\n\r\nok`,
  `${ok}Content-Length: 999999999999999\r\n\r\nok`,
  `${ok}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  `${ok}Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok`,
  `${ok}X-One: 1\r\n\r\nuntil the end`,
  `${ok}\r\nuntil the end`,
  "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n",
  "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok",
  "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
  "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
  "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
  "HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok",
  "HTTP/1.1 +20 OK\r\nContent-Length: 2\r\n\r\nok",
  "HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nok",
  "no http\r\n\r\n",
];
const toTwo = [
  accepted + event,
  accepted,
  accepted + accepted,
  event + event,
  `HTTP/1.1 202 Accepted\r\nConnection: Keep-Alive\r\ncontent-length: 0\r\n\r\n${event}`,
  `HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n${event}`,
  `HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig${event}`,
  `${accepted}HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno`,
  `${accepted}${ok}Connection: close\r\nContent-Length: 5\r\n\r\nevent`,
  `${accepted}${ok}\r\nuntil the end`,
  `${accepted}${event}and more`,
  `${accepted}no http\r\n\r\n`,
];
const answers = [...toOne, ...toTwo].map((text) => Buffer.from(text, "latin1"));

/** Answers what the path asks for, cut where it says. */
function answerOne(socket: Socket, path: string): void {
  const [index, cut] = path.split("/").slice(1).map(Number);
  const answer = answers[index ?? -1];
  if (answer === undefined) return void socket.end(event);
  socket.write(answer.subarray(0, cut));
  void setImmediate().then(() => socket.end(answer.subarray(cut)));
}

/** A POST with the GET behind it, or a GET; the third of a connection is never looked at. */
function answerSome(socket: Socket): void {
  let text = "";
  let count = 0;
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (!/GET [^\r]+\r\nHost: [^\r]+\r\n\r\n$/.test(text)) return;
    count++;
    if (count === 3) socket.destroy();
    else socket.write(text.startsWith("POST") ? accepted + event : event);
    text = "";
  });
}

async function startServer() {
  const requests: string[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => {});
    socket.once("data", (request: Buffer) => {
      const text = request.toString();
      requests.push(text.replaceAll(/\d+ HTTP/g, "cut HTTP").replaceAll(/127[.0-9:]+/g, "host"));
      const path = text.split(" ")[1] ?? "";
      if (path.startsWith("/kept")) {
        answerSome(socket);
        socket.emit("data", request);
      } else answerOne(socket, path);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    requests,
    port: String((server.address() as AddressInfo).port),
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("line by line", { timeout: engineTimeoutMs }, async ({ folder }) => {
  await using server = await startServer();
  const { node, native } = await runOnBothEngines("answers.mjs", folder, {
    PORT: server.port,
    ANSWERS: JSON.stringify(answers.map(({ length }, index) => ({ length, isPair: index >= toOne.length }))),
  });
  expect(native).toEqual({ stdout: node, stderr: "", exit: 0 });
  expect(node.trim().split("\n")).toHaveLength(4 * 3 + toOne.length + 2 * toTwo.length);
  const half = server.requests.length / 2;
  expect(new Set(server.requests.slice(0, half))).toEqual(new Set(server.requests.slice(half)));
});

test("what is thrown over an answer is an uncaught exception", { timeout: engineTimeoutMs }, async ({ folder }) => {
  await using server = await startServer();
  const program = `import { connect } from "node:net";
    process.on("uncaughtException", ({ message }) => console.log("uncaught", message));
    const onread = { buffer: Buffer.alloc(1000), callback: () => true };
    const socket = connect({ host: "127.0.0.1", port: ${server.port}, onread });
    const { readAnswers } = process.getBuiltinModule("native:net");
    const send = readAnswers(socket, (accepted, last) => {
      throw new Error(accepted + " " + last?.body.toString());
    });
    send("GET /unknown HTTP/1.1\\r\\n", undefined, undefined);`;
  const { stdout, stderr } = await runProgram(folder, program);
  expect([stdout, stderr]).toEqual(["uncaught 0 event\n", ""]);
});
