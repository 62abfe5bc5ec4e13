/** InvokeWithResponseStream: the response in messages of an event stream, each sent when the runtime has written it. */
import type { ServerResponse } from "node:http";
import type { FastifyInstance, FastifyReply } from "fastify";
import { invokeHeaders as names } from "../lambda-protocol.ts";
import type { StreamingInvokeResult } from "../invoke-request.ts";
import type { LambdaService } from "../lambda-service.ts";
import { readInvokeRequest, type InvokeRoute } from "../read-invoke-request.ts";
import { formatAnsweredTraceId } from "../trace-id.ts";
import { invokeComplete, payloadChunk } from "./event-stream.ts";
import { flushed } from "./flushed.ts";
import { writeTogether } from "./write-together.ts";

/** Source: AWS Lambda API reference, InvokeWithResponseStream. */
const path = "/2021-11-15/functions/:functionName/response-streaming-invocations";

/** Adds the route. @param answerDryRun the answer without an invocation, the same for both operations */
export function addResponseStreamingRoute(
  app: FastifyInstance,
  service: LambdaService,
  answerDryRun: (reply: FastifyReply) => FastifyReply,
): void {
  app.post<InvokeRoute>(path, async (received, reply) => {
    const { reference, invocationType, request } = readInvokeRequest(received, ["RequestResponse", "DryRun"]);
    if (invocationType === "DryRun") {
      service.findFunction(reference, request.qualifier);
      return answerDryRun(reply);
    }
    const result = await service.invokeStreaming(reference, request);
    reply.hijack();
    await sendEventStream(reply.raw, result);
    return reply;
  });
}

async function sendEventStream(response: ServerResponse, result: StreamingInvokeResult): Promise<void> {
  response.writeHead(200, {
    "Content-Type": "application/vnd.amazon.eventstream",
    [names.requestId]: result.requestId,
    [names.executedVersion]: "$LATEST",
    [names.traceId]: formatAnsweredTraceId(result.traceId),
  });
  // A caller learns at once that its function has been invoked.
  response.flushHeaders();
  for await (const piece of result.payload) {
    writeTogether(response, payloadChunk(piece));
    // One that has gone leaves the function running.
    if (!(await flushed(response))) break;
  }
  const { error, logTail } = await result.completed;
  response.end(
    invokeComplete({
      ...(error === undefined ? {} : { ErrorCode: "Unhandled", ErrorDetails: error.toString("utf8") }),
      LogResult: logTail,
    }),
  );
}
