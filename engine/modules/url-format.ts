/** `url.format`, which also takes the members that `http.request` takes. */
import { stringify } from "./querystring.ts";
import { URL } from "./url-class.ts";

/** All of them may be missing. */
export interface UrlParts {
  readonly protocol?: string | null;
  readonly slashes?: boolean | null;
  readonly auth?: string | null;
  /** With its port; the next two stand in for it. */
  readonly host?: string | null;
  readonly hostname?: string | null;
  readonly port?: string | number | null;
  readonly pathname?: string | null;
  readonly search?: string | null;
  /** Stands in for `search`; text does not. */
  readonly query?: string | Parameters<typeof stringify>[0];
  readonly hash?: string | null;
}

interface FormatOptions {
  readonly auth?: boolean;
  readonly fragment?: boolean;
  readonly search?: boolean;
}

const slashed: ReadonlySet<string> = new Set(["http:", "https:", "ftp:", "gopher:", "file:", "ws:", "wss:"]);

/**
 * @param options what of a `URL` is written; all of it by default
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, also for text, which Node.js would parse as it once did
 */
export function format(url: UrlParts | URL, options?: FormatOptions | null): string {
  if (url instanceof URL) return formatUrl(url, options ?? {});
  if (typeof url === "object" && url !== null) return formatParts(url);
  const message = "The native engine formats a URL or an object of its parts, and nothing else";
  throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
}

function formatUrl(url: URL, { auth, fragment, search }: FormatOptions): string {
  const copy = new URL(url);
  if (auth === false) copy.username = copy.password = "";
  if (fragment === false) copy.hash = "";
  if (search === false) copy.search = "";
  return copy.href;
}

function formatParts({ slashes, ...parts }: UrlParts): string {
  const protocol = parts.protocol ? parts.protocol.replace(/:?$/, ":") : "";
  let pathname = (parts.pathname ?? "").replaceAll("#", "%23").replaceAll("?", "%3F");
  let host = hostOf(parts);
  if (slashes === true || slashed.has(protocol)) {
    if (slashes === true || host !== "") {
      if (pathname !== "" && !pathname.startsWith("/")) pathname = `/${pathname}`;
      host = `//${host}`;
    } else if (protocol === "file:") host = "//";
  }
  const query = typeof parts.query === "string" ? "" : stringify(parts.query);
  const search = (parts.search || (query && `?${query}`) || "").replaceAll("#", "%23");
  return protocol + host + pathname + begun("?", search) + begun("#", parts.hash || "");
}

function hostOf({ auth, host, hostname, port }: UrlParts): string {
  const who = auth ? `${encodeURIComponent(auth).replaceAll("%3A", ":")}@` : "";
  if (host) return who + host;
  if (!hostname) return "";
  const name = hostname.includes(":") && !hostname.startsWith("[") ? `[${hostname}]` : hostname;
  return `${who}${name}${port ? `:${port}` : ""}`;
}

function begun(mark: string, text: string): string {
  return text === "" || text.startsWith(mark) ? text : mark + text;
}
