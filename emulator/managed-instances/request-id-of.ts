/**
 * The request id that a line of JSON names: with many invocations at the same time, what else tells whose it is? Source:
 * AWS Lambda developer guide, "Logging for Lambda Managed Instances".
 */
export function requestIdOf(line: string | undefined): string | undefined {
  if (line?.startsWith("{") !== true) return undefined;
  try {
    const { requestId } = JSON.parse(line) as { readonly requestId?: unknown };
    return typeof requestId === "string" ? requestId : undefined;
  } catch {
    return undefined;
  }
}
