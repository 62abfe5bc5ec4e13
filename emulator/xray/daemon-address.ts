/** Where segments are sent: the address of an X-Ray daemon, or of anything that takes what one takes. */
import { isIP } from "node:net";

export interface DaemonAddress {
  readonly host: string;
  readonly port: number;
}

/** @returns undefined for what is no `host:port` */
export function readDaemonAddress(text: string): DaemonAddress | undefined {
  const [, bracketed, plain, digits = ""] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? "";
  const port = Number(digits);
  const isHost = bracketed === undefined ? /^[a-zA-Z0-9.-]+$/.test(host) : isIP(host) === 6;
  return isHost && port > 0 && port < 65_536 ? { host, port } : undefined;
}

/** As SDKs read it. */
export function formatDaemonAddress({ host, port }: DaemonAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether it is this machine's own, which a container does not reach. */
export function isLoopback({ host }: DaemonAddress): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
