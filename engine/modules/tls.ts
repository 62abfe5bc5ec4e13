/** `node:tls`: clients. Certificates are always checked. */
import { Socket } from "./net.ts";

interface ConnectOptions {
  readonly host?: string;
  readonly port: number;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  readonly ca?: unknown;
  readonly cert?: unknown;
}

/** Opens an encrypted connection. */
export function connect(options: ConnectOptions, listener?: () => void): Socket {
  const { host = "localhost", port, servername, rejectUnauthorized, ca, cert } = options;
  if (rejectUnauthorized === false) throw refusal("rejectUnauthorized: false");
  if (ca !== undefined) throw refusal("ca (NODE_EXTRA_CA_CERTS names a file)");
  if (cert !== undefined) throw refusal("cert");
  const socket = new Socket();
  if (listener !== undefined) socket.once("secureConnect", listener);
  return socket.connect({ host, port, noDelay: true, serverName: servername ?? host });
}

function refusal(option: string): Error {
  return Object.assign(new Error(`The native engine has no option ${option} for TLS`), {
    code: "ERR_FEATURE_UNAVAILABLE",
  });
}

export { Socket as TLSSocket };
