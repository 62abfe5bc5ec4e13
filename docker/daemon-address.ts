/** Addresses of Docker daemons, as DOCKER_HOST and contexts spell them, and what is needed to connect to one. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Keys and certificates of a TLS connection, PEM; missing ones are left to node's defaults. */
export interface DaemonTls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** False only where a docker context says `SkipTLSVerify`. */
  readonly rejectUnauthorized?: boolean;
}

/** How to connect to a daemon. */
export type DaemonConnection =
  /** A unix socket, or a named pipe on Windows. */
  | { readonly kind: "socket"; readonly socketPath: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls?: DaemonTls }
  | { readonly kind: "ssh"; readonly host: string; readonly port: number; readonly username?: string };

/** Ports of a daemon without and with TLS (dockerd documentation, "Daemon socket option"). */
const plainPort = 2375;
const tlsPort = 2376;

/**
 * Takes an address apart: `unix:///path`, `/path`, `npipe://…`, `tcp://host:port`, `host:port`, `http://`, `https://`,
 * `ssh://user@host`. A `tcp://` address uses TLS when `tls` is given; `https://` always. Undefined for anything else.
 */
export function parseDaemonAddress(address: string, tls?: DaemonTls): DaemonConnection | undefined {
  const socketPath = /^(?:unix|npipe):\/\/(.+)$/.exec(address)?.[1] ?? (address.startsWith("/") ? address : undefined);
  if (socketPath !== undefined) {
    return { kind: "socket", socketPath };
  }
  const spelled = address.includes("://") ? address : `tcp://${address}`;
  if (!URL.canParse(spelled)) {
    return undefined;
  }
  const url = new URL(spelled);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (host === "") {
    return undefined;
  }
  switch (url.protocol) {
    case "tcp:":
      return tls === undefined
        ? { kind: "tcp", host, port: Number(url.port) || plainPort }
        : { kind: "tcp", host, port: Number(url.port) || tlsPort, tls };
    case "http:":
      return { kind: "tcp", host, port: Number(url.port) || 80 };
    case "https:":
      return { kind: "tcp", host, port: Number(url.port) || 443, tls: tls ?? {} };
    case "ssh:": {
      const username = url.username === "" ? {} : { username: decodeURIComponent(url.username) };
      return { kind: "ssh", host, port: Number(url.port) || 22, ...username };
    }
    default:
      return undefined;
  }
}

/** Reads `ca.pem`, `cert.pem` and `key.pem` of a folder such as DOCKER_CERT_PATH; those that are not there stay away. */
export async function readTlsFolder(folder: string): Promise<DaemonTls> {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((name) => readIfThere(join(folder, name))),
  );
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** The file's bytes, or undefined when it does not exist. */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}
