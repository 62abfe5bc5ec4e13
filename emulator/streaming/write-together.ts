/** What is made of several buffers, sent as one. */
import type { ServerResponse } from "node:http";

/**
 * In one system call. The socket collects the parts, not the response: that would count them as one write of their whole
 * length where the socket does not, and then wait for a `drain` that the socket has no reason for.
 */
export function writeTogether(response: ServerResponse, parts: readonly Uint8Array[]): void {
  const { socket } = response;
  socket?.cork();
  for (const part of parts) response.write(part);
  socket?.uncork();
}
