/** `node:url`. */
import { native } from "./native.ts";
import { URL } from "./url-class.ts";

export { URL };
export { URLSearchParams } from "./url-search-params.ts";
export { format } from "./url-format.ts";

export function fileURLToPath(url: string | URL): string {
  const { protocol, pathname } = new URL(url);
  if (protocol !== "file:") {
    throw Object.assign(new TypeError("The URL must be of scheme file"), { code: "ERR_INVALID_URL_SCHEME" });
  }
  return decodeURIComponent(pathname);
}

export function pathToFileURL(path: string): URL {
  const absolute = path.startsWith("/") ? path : `${native.workingDirectory()}/${path}`;
  const url = new URL("file:///");
  url.pathname = absolute.replaceAll("%", "%25").replaceAll("?", "%3F").replaceAll("#", "%23");
  return url;
}

/**
 * The host of a URL as it is written there; "" for what is none.
 *
 * @throws Error `ERR_FEATURE_UNAVAILABLE` for other characters than ASCII: the engine has no tables of Unicode
 */
export function domainToASCII(domain: string): string {
  if (/[\u0080-\uffff]/.test(domain)) {
    const message = `The native engine has no tables of Unicode to write ${domain} in ASCII`;
    throw Object.assign(new Error(message), { code: "ERR_FEATURE_UNAVAILABLE" });
  }
  const other = "other.invalid";
  const url = new URL(`ws://${other}`);
  // What is no host leaves it as it is.
  url.hostname = domain;
  return url.hostname === other && domain.toLowerCase() !== other ? "" : url.hostname;
}

/** The members that `http.request` takes. */
export function urlToHttpOptions(url: URL): object {
  const { protocol, hostname, port, pathname, search, hash, href, username, password } = url;
  return {
    protocol,
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    hash,
    search,
    pathname,
    path: pathname + search,
    href,
    ...(port === "" ? {} : { port: Number(port) }),
    ...(username === "" ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
  };
}
