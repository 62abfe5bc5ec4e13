/** `POST …/response` with `Lambda-Runtime-Function-Response-Mode: streaming`: the body is passed on while it arrives. */
import type { IncomingMessage } from "node:http";
import { headerOf, type RequestHead } from "../request-head.ts";
import { runtimeApiHeaders as names } from "../lambda-protocol.ts";
import type { ResponseSource } from "./streamed-response.ts";

const responseModeHeader = names.responseMode.toLowerCase();
const errorBodyTrailer = names.errorBody.toLowerCase();

/** `Lambda-Runtime-Function-Response-Mode`, where the runtime sends one. */
export function responseModeOf(request: RequestHead): string | undefined {
  return headerOf(request, responseModeHeader);
}

/** A response that is still on its way. */
export function responseSourceOf(request: IncomingMessage): ResponseSource {
  const mode = responseModeOf(request);
  return {
    contentType: request.headers["content-type"] ?? (mode === undefined ? undefined : "application/octet-stream"),
    body: request,
    errorBody() {
      const encoded = request.trailers[errorBodyTrailer];
      return encoded === undefined ? undefined : Buffer.from(encoded, "base64");
    },
  };
}
