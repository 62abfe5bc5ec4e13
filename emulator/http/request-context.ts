/** Values that the request contexts of several front ends have. */
import { createHash } from "node:crypto";
import { headerOf } from "./event-headers.ts";
import type { HttpRequest } from "./http-request.ts";

/** `10/Jul/2026:19:19:06 +0000`, the time format of API Gateway's access logs. @param nowMs Unix milliseconds */
export function formatRequestTime(nowMs: number): string {
  const utc = new Date(nowMs).toUTCString();
  // "Fri, 10 Jul 2026 19:19:06 GMT"
  return `${utc.slice(5, 7)}/${utc.slice(8, 11)}/${utc.slice(12, 16)}:${utc.slice(17, 25)} +0000`;
}

/** An id as API Gateway makes them, such as `ATfSmjLgPHcESJw=`: 11 bytes, the same for the same request. */
export function gatewayRequestId(requestId: string): string {
  return `${createHash("sha256").update(requestId).digest().subarray(0, 11).toString("base64url")}=`;
}

/** Empty if the caller sent none. */
export function userAgentOf(request: HttpRequest): string {
  return headerOf(request, "user-agent") ?? "";
}
