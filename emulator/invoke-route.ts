/** Invoke. Only translates. Source: AWS Lambda API reference, Invoke. */
import { randomUUID } from "node:crypto";
import type { DataPlaneRoute } from "./data-plane.ts";
import { invokeHeaders as names } from "./lambda-protocol.ts";
import type { LambdaService } from "./lambda-service.ts";
import type { Answering } from "./answering.ts";
import { readInvokeRequest, type ReadInvokeRequest } from "./read-invoke-request.ts";
import { sendBytes } from "./send-bytes.ts";
import { formatAnsweredTraceId } from "./trace-id.ts";

/** What serves an operation, but for its dry run. */
type ServeInvoke = (read: ReadInvokeRequest, response: Answering) => Promise<void>;

const path = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?|$)/;

export function invokeRoute(service: LambdaService): DataPlaneRoute {
  return operationRoute(service, path, ["Event", "RequestResponse", "DryRun"], (read, response) =>
    invoke(service, read, response),
  );
}

/**
 * A route of an operation that invokes.
 *
 * @param pattern of its path, with the name of the function
 * @param invocationTypes that it has, `DryRun` among them
 */
export function operationRoute(
  service: LambdaService,
  pattern: RegExp,
  invocationTypes: readonly string[],
  serve: ServeInvoke,
): DataPlaneRoute {
  return ({ method, url = "" }) => {
    const functionName = method === "POST" ? pattern.exec(url)?.[1] : undefined;
    if (functionName === undefined) return undefined;
    return async (call) => {
      const read = readInvokeRequest(call, functionName, invocationTypes);
      if (read.invocationType !== "DryRun") return serve(read, call.response);
      service.findFunction(read.reference, read.request.qualifier);
      call.response.writeHead(204, [names.requestId, randomUUID()]).end();
    };
  };
}

async function invoke(
  service: LambdaService,
  { reference, invocationType, request }: ReadInvokeRequest,
  response: Answering,
): Promise<void> {
  if (invocationType === "Event") {
    const requestId = service.enqueue(reference, request);
    return sendBytes(response, 202, [names.requestId, requestId], Buffer.alloc(0));
  }
  const result = await service.invoke(reference, request);
  const headers = [names.requestId, result.requestId, names.executedVersion, "$LATEST"];
  headers.push(names.traceId, formatAnsweredTraceId(result.traceId), "content-type", "application/json");
  if (result.isFunctionError) headers.push(names.functionError, "Unhandled");
  if (result.logTail !== undefined) headers.push(names.logResult, result.logTail);
  sendBytes(response, 200, headers, result.payload);
}
