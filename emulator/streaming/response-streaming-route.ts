/** InvokeWithResponseStream: the response in messages of an event stream, each sent when the runtime has written it. */
import type { ServerResponse } from "node:http";
import type { DataPlaneRoute } from "../data-plane.ts";
import { operationRoute } from "../invoke-route.ts";
import { invokeHeaders as names } from "../lambda-protocol.ts";
import type { StreamingInvokeResult } from "../invoke-request.ts";
import type { LambdaService } from "../lambda-service.ts";
import { formatAnsweredTraceId } from "../trace-id.ts";
import { invokeComplete, payloadChunk } from "./event-stream.ts";
import { flushed } from "./flushed.ts";
import { writeTogether } from "./write-together.ts";

/** Source: AWS Lambda API reference, InvokeWithResponseStream. */
const path = /^\/2021-11-15\/functions\/([^/?]+)\/response-streaming-invocations(?:\?|$)/;

export function responseStreamingRoute(service: LambdaService): DataPlaneRoute {
  return (head, stream) => {
    if (stream === undefined) return path.test(head.url ?? "") ? "needs-stream" : undefined;
    return operationRoute(service, path, ["RequestResponse", "DryRun"], async ({ reference, request }) =>
      sendEventStream(stream, await service.invokeStreaming(reference, request)),
    )(head, stream);
  };
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
