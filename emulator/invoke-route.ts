/** Invoke. Only translates. Source: AWS Lambda API reference, Invoke. */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { DataPlaneCall, DataPlaneRoute } from "./data-plane.ts";
import { invokeHeaders as names } from "./lambda-protocol.ts";
import type { LambdaService } from "./lambda-service.ts";
import { readInvokeRequest } from "./read-invoke-request.ts";
import { sendBytes } from "./send-bytes.ts";
import { formatAnsweredTraceId } from "./trace-id.ts";

const path = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?|$)/;

export function invokeRoute(service: LambdaService): DataPlaneRoute {
  return ({ method, url = "" }) => {
    const functionName = method === "POST" ? path.exec(url)?.[1] : undefined;
    return functionName === undefined ? undefined : (call) => invoke(service, functionName, call);
  };
}

async function invoke(service: LambdaService, functionName: string, call: DataPlaneCall): Promise<void> {
  const { response } = call;
  const read = readInvokeRequest(call, functionName, ["Event", "RequestResponse", "DryRun"]);
  const { reference, invocationType, request } = read;
  if (invocationType === "DryRun") {
    service.findFunction(reference, request.qualifier);
    return answerDryRun(response);
  }
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

/** The answer without an invocation, the same for both operations that have one. */
export function answerDryRun(response: ServerResponse): void {
  response.writeHead(204, [names.requestId, randomUUID()]).end();
}
