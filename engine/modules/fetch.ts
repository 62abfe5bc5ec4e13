/** `fetch` (WHATWG Fetch), without cache, cookies and web streams. */
import { acceptedEncodings, decodeContent, readCodings } from "./content-encoding.ts";
import type { AbortSignal } from "./event-target.ts";
import { Body, encodeBody, type BodyInit, type Source } from "./fetch-body.ts";
import { Headers } from "./fetch-headers.ts";
import { requestWith } from "./http-client.ts";
import type { IncomingMessage } from "./incoming-message.ts";
import { URL } from "./url.ts";

export { Headers };

interface RequestInit {
  readonly method?: string;
  readonly headers?: ConstructorParameters<typeof Headers>[0];
  readonly body?: BodyInit;
  readonly redirect?: "follow" | "error" | "manual";
  readonly signal?: AbortSignal | null;
}

interface ResponseInit {
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: ConstructorParameters<typeof Headers>[0];
}

export class Request extends Body {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly redirect: "follow" | "error" | "manual";
  readonly signal: AbortSignal | undefined;
  readonly bytesToSend: Uint8Array | null;

  constructor(input: string | URL | Request, init: RequestInit = {}) {
    const given = input instanceof Request ? input : undefined;
    const { bytes, contentType } =
      init.body === undefined ? { bytes: given?.bytesToSend ?? null } : encodeBody(init.body);
    super(bytes);
    this.url = given?.url ?? new URL(input as string).href;
    this.method = (init.method ?? given?.method ?? "GET").toUpperCase();
    this.headers = new Headers(init.headers ?? given?.headers);
    this.redirect = init.redirect ?? given?.redirect ?? "follow";
    this.signal = init.signal ?? given?.signal;
    this.bytesToSend = bytes;
    if (bytes !== null && (this.method === "GET" || this.method === "HEAD")) {
      throw new TypeError("Request with GET/HEAD method cannot have body.");
    }
    if (contentType !== undefined && !this.headers.has("content-type")) this.headers.set("content-type", contentType);
  }

  get [Symbol.toStringTag](): string {
    return "Request";
  }
}

export class Response extends Body {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly url: string = "";
  readonly redirected: boolean = false;
  readonly type: string = "basic";

  constructor(
    body?: BodyInit | AsyncIterable<Uint8Array>,
    { status = 200, statusText = "", headers }: ResponseInit = {},
  ) {
    const isIterable = typeof body === "object" && body !== null && Symbol.asyncIterator in body;
    const { bytes, contentType } = isIterable ? { bytes: null } : encodeBody(body);
    super(isIterable ? (body as Source) : bytes);
    this.status = status;
    this.statusText = statusText;
    this.headers = new Headers(headers);
    if (contentType !== undefined && !this.headers.has("content-type")) this.headers.set("content-type", contentType);
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  static json(value: unknown, init: ResponseInit = {}): Response {
    const headers = new Headers(init.headers);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return new Response(JSON.stringify(value), { ...init, headers });
  }

  static error(): Response {
    return Object.assign(new Response(null, { status: 0 }), { type: "error" });
  }

  static redirect(url: string, status: number = 302): Response {
    return new Response(null, { status, headers: { location: new URL(url).href } });
  }

  get [Symbol.toStringTag](): string {
    return "Response";
  }
}

const maxRedirects = 20;
/** What is sent again where a kept connection fails, as Node.js does. Source: RFC 9110, 9.2.2. */
const repeatedMethods: readonly string[] = ["GET", "HEAD"];
const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308];

/** Rejects with a TypeError where there is no answer, whose `cause` says why. */
export async function fetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  let request = new Request(input, init);
  for (let redirects = 0; ; redirects++) {
    // oxlint-disable-next-line no-await-in-loop -- one leads to the next
    const message = await send(request);
    const { location } = message.headers;
    const isRedirect = redirectStatuses.includes(message.statusCode) && typeof location === "string";
    if (!isRedirect || request.redirect === "manual") return toResponse(message, request, redirects > 0);
    message.resume();
    if (request.redirect === "error" || redirects === maxRedirects) {
      throw new TypeError("fetch failed", { cause: new Error("unexpected redirect") });
    }
    request = redirected(request, new URL(location, request.url), message.statusCode);
  }
}

async function send(request: Request): Promise<IncomingMessage> {
  const { url, method, headers, bytesToSend, signal } = request;
  signal?.throwIfAborted();
  if (!headers.has("accept")) headers.set("accept", "*/*");
  if (!headers.has("accept-encoding")) headers.set("accept-encoding", acceptedEncodings);
  const options = { method, headers: Object.fromEntries(headers), signal };
  const outgoing = requestWith(new URL(url).protocol, [url, options]);
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once("response", resolve).once("error", reject);
      if (bytesToSend === null) outgoing.end();
      else outgoing.end(bytesToSend);
    });
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    // It may have been closed while nobody looked: a function is frozen between two events.
    const { code = "" } = cause as { readonly code?: string };
    const isStale = outgoing.reusedSocket && /^(?:ECONNRESET|EPIPE)$/.test(code);
    if (isStale && repeatedMethods.includes(method)) return send(request);
    throw new TypeError("fetch failed", { cause });
  }
}

function toResponse(message: IncomingMessage, { url, signal }: Request, isRedirected: boolean): Response {
  const pairs = message.rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, message.rawHeaders[index + 1] ?? ""] as const] : [],
  );
  const response = new Response(bodyOf(message, codingsOf(message), signal), {
    status: message.statusCode,
    statusText: message.statusMessage,
    headers: pairs,
  });
  return Object.assign(response, { url, redirected: isRedirected });
}

function codingsOf(message: IncomingMessage): readonly string[] {
  const header = message.headers["content-encoding"];
  try {
    return typeof header === "string" ? readCodings(header) : [];
  } catch (cause) {
    message.destroy();
    throw new TypeError("fetch failed", { cause });
  }
}

async function* bodyOf(
  message: IncomingMessage,
  codings: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* decodeContent(message as AsyncIterable<Uint8Array>, codings);
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    throw new TypeError("terminated", { cause });
  }
}

/** As browsers do: a POST becomes a GET, and credentials do not go to another place. */
function redirected(request: Request, url: URL, status: number): Request {
  const becomesGet = status === 303 ? request.method !== "HEAD" : status <= 302 && request.method === "POST";
  const headers = new Headers(request.headers);
  if (new URL(request.url).origin !== url.origin) {
    if (url.username !== "" || url.password !== "") {
      throw new TypeError("fetch failed", { cause: new Error("credentials in a redirect to another origin") });
    }
    for (const name of ["authorization", "proxy-authorization", "cookie", "host"]) headers.delete(name);
  }
  if (becomesGet) for (const name of ["content-type", "content-length"]) headers.delete(name);
  const { redirect, signal } = request;
  return new Request(url, {
    method: becomesGet ? "GET" : request.method,
    headers,
    body: becomesGet ? null : request.bytesToSend,
    redirect,
    ...(signal === undefined ? {} : { signal }),
  });
}
