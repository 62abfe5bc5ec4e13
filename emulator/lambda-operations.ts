/** Names of the Lambda service's operations, for refusals that say what is not emulated. Source: AWS Lambda API model. */

const functionPath = "/[^/]+/functions/[^/]+";

/** Method, path and the operation's name. What is emulated stands in `invoke-app.ts` and `management-routes.ts`. */
const operations: readonly (readonly [method: string, path: string, name: string])[] = [
  ["POST", "/2015-03-31/functions", "CreateFunction"],
  ["DELETE", functionPath, "DeleteFunction"],
  ["PUT", `${functionPath}/code`, "UpdateFunctionCode"],
  ["PUT", `${functionPath}/configuration`, "UpdateFunctionConfiguration"],
  ["POST", `${functionPath}/invoke-async`, "InvokeAsync"],
  ["POST", `${functionPath}/response-streaming-invocations`, "InvokeWithResponseStream"],
  ["GET", `${functionPath}/versions`, "ListVersionsByFunction"],
  ["POST", `${functionPath}/versions`, "PublishVersion"],
  ["GET", `${functionPath}/aliases`, "ListAliases"],
  ["POST", `${functionPath}/aliases`, "CreateAlias"],
  ["GET", `${functionPath}/aliases/[^/]+`, "GetAlias"],
  ["PUT", `${functionPath}/aliases/[^/]+`, "UpdateAlias"],
  ["DELETE", `${functionPath}/aliases/[^/]+`, "DeleteAlias"],
  ["GET", `${functionPath}/policy`, "GetPolicy"],
  ["POST", `${functionPath}/policy`, "AddPermission"],
  ["DELETE", `${functionPath}/policy/[^/]+`, "RemovePermission"],
  ["GET", `${functionPath}/url`, "GetFunctionUrlConfig"],
  ["POST", `${functionPath}/url`, "CreateFunctionUrlConfig"],
  ["PUT", `${functionPath}/url`, "UpdateFunctionUrlConfig"],
  ["DELETE", `${functionPath}/url`, "DeleteFunctionUrlConfig"],
  ["GET", `${functionPath}/urls`, "ListFunctionUrlConfigs"],
  ["PUT", `${functionPath}/concurrency`, "PutFunctionConcurrency"],
  ["DELETE", `${functionPath}/concurrency`, "DeleteFunctionConcurrency"],
  ["GET", `${functionPath}/provisioned-concurrency`, "GetProvisionedConcurrencyConfig"],
  ["PUT", `${functionPath}/provisioned-concurrency`, "PutProvisionedConcurrencyConfig"],
  ["PUT", `${functionPath}/event-invoke-config`, "PutFunctionEventInvokeConfig"],
  ["POST", `${functionPath}/event-invoke-config`, "UpdateFunctionEventInvokeConfig"],
  ["DELETE", `${functionPath}/event-invoke-config`, "DeleteFunctionEventInvokeConfig"],
  ["GET", "/[^/]+/layers", "ListLayers"],
  ["GET", "/[^/]+/event-source-mappings", "ListEventSourceMappings"],
  ["POST", "/[^/]+/event-source-mappings", "CreateEventSourceMapping"],
  ["GET", "/[^/]+/tags/[^/]+", "ListTags"],
  ["POST", "/[^/]+/tags/[^/]+", "TagResource"],
  ["DELETE", "/[^/]+/tags/[^/]+", "UntagResource"],
];

/** The operation behind a request, or its method and path where Lambda has none. */
export function operationName(method: string, url: string): string {
  const path = url.replace(/\?.*$/s, "").replace(/\/$/, "");
  const found = operations.find(([verb, pattern]) => verb === method && new RegExp(`^${pattern}$`).test(path));
  return found?.[2] ?? `${method} ${url}`;
}
