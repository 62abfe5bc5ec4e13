/** Cross-origin resource sharing as a front end configures it, so that functions need not know of it. */
import { EmulatorError } from "../errors.ts";
import { headerOf } from "./event-headers.ts";
import type { HeaderList, HttpAnswer, HttpRequest } from "./http-request.ts";

/** Source: AWS Lambda API reference, "Cors"; API Gateway developer guide, "Configure CORS for HTTP APIs". */
export interface Cors {
  /** Such as `https://www.example.com`; `*` for all, `https://*` and `http://*` for all of a scheme. */
  readonly allowOrigins?: readonly string[] | undefined;
  /** `GET`, `PUT`, `HEAD`, `POST`, `PATCH`, `DELETE`, or `*`. */
  readonly allowMethods?: readonly string[] | undefined;
  /** Headers that requests may have, or `*`. */
  readonly allowHeaders?: readonly string[] | undefined;
  /** Headers of answers that scripts may read, or `*`. */
  readonly exposeHeaders?: readonly string[] | undefined;
  /** Whether requests may have cookies. @default false */
  readonly allowCredentials?: boolean | undefined;
  /** How long callers may remember a preflight answer, 0 to 86,400. */
  readonly maxAgeSeconds?: number | undefined;
}

/** Most of a list, and longest of its members (AWS Lambda API reference, "Cors"). */
const limits = {
  allowOrigins: { items: 100, length: 253 },
  allowMethods: { items: 6, length: 6 },
  allowHeaders: { items: 100, length: 1024 },
  exposeHeaders: { items: 100, length: 1024 },
} as const;
/** `OPTIONS` is not among them: preflights are always answered (AWS CloudFormation, `AWS::Lambda::Url Cors`). */
const methods: ReadonlySet<string> = new Set(["GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*"]);
const members = [...Object.keys(limits), "allowCredentials", "maxAgeSeconds"];

/**
 * @param owner whose configuration it is, for the message
 * @throws EmulatorError `BAD_OPTIONS` for what AWS refuses
 */
export function checkCors(owner: string, cors: unknown): asserts cors is Cors {
  if (typeof cors !== "object" || cors === null || Array.isArray(cors)) throw badCors(owner, "cors must be an object");
  for (const [name, value] of Object.entries(cors) as [string, unknown][]) {
    if (!members.includes(name)) throw badCors(owner, `cors has no member "${name}"`);
    if (value === undefined) continue;
    if (name === "allowCredentials") {
      if (typeof value !== "boolean") throw badCors(owner, "allowCredentials must be true or false");
    } else if (name === "maxAgeSeconds") {
      if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > 86_400) {
        throw badCors(owner, "maxAgeSeconds must be a number from 0 to 86400");
      }
    } else {
      if (name === "allowMethods") checkMethods(owner, value);
      checkList(owner, name as keyof typeof limits, value);
    }
  }
}

function checkMethods(owner: string, value: unknown): void {
  const texts = Array.isArray(value) ? (value as unknown[]).filter((each) => typeof each === "string") : [];
  const odd = texts.find((each) => !methods.has(each));
  if (odd !== undefined) throw badCors(owner, `allowMethods has "${odd}", and may have ${[...methods].join(", ")}`);
}

function checkList(owner: string, name: keyof typeof limits, value: unknown): void {
  const { items, length } = limits[name];
  // What is no printable ASCII could not be sent as a header.
  const isText = (each: unknown): boolean => typeof each === "string" && /^[!-~]+$/.test(each) && each.length <= length;
  if (!Array.isArray(value) || value.length > items || !value.every(isText)) {
    throw badCors(
      owner,
      `${name} must be a list of at most ${items} texts of 1 to ${length} characters without spaces`,
    );
  }
}

/**
 * The answer to a preflight, which the function never sees. Without CORS headers if the origin is not allowed: the
 * caller then refuses by itself.
 *
 * @param statusCode 200 as of a function URL; an HTTP API answers 204
 * @returns undefined if the request is no preflight: that is `OPTIONS` with `Origin` and `Access-Control-Request-Method`
 *   (API Gateway developer guide, "Configure CORS for HTTP APIs")
 */
export function preflightAnswer(cors: Cors, request: HttpRequest, statusCode = 200): HttpAnswer | undefined {
  const method = headerOf(request, "access-control-request-method");
  if (request.method !== "OPTIONS" || method === undefined || headerOf(request, "origin") === undefined) {
    return undefined;
  }
  const origin = originHeaders(cors, request);
  if (origin.length === 0) return { statusCode, headers: [], body: Buffer.alloc(0) };
  const headers: [string, string][] = origin.map(([name, value]) => [name, value]);
  const names = headerOf(request, "access-control-request-headers");
  const allowMethods = listed(cors, cors.allowMethods, method);
  const allowHeaders = listed(cors, cors.allowHeaders, names);
  if (allowMethods !== undefined) headers.push(["access-control-allow-methods", allowMethods]);
  if (allowHeaders !== undefined) headers.push(["access-control-allow-headers", allowHeaders]);
  if (cors.maxAgeSeconds !== undefined) headers.push(["access-control-max-age", String(cors.maxAgeSeconds)]);
  return { statusCode, headers, body: Buffer.alloc(0) };
}

/**
 * What an answer gets besides the function's own headers; nothing for a request without `Origin`, or from one that is not
 * allowed. A function URL sends the function's CORS headers as well, even if there are then two of a name (AWS Lambda
 * developer guide, "Configuring function URLs"); for an HTTP API, take them out by `withoutCorsHeaders`.
 */
export function corsHeaders(cors: Cors, request: HttpRequest): HeaderList {
  const headers = originHeaders(cors, request);
  const { exposeHeaders = [] } = cors;
  if (headers.length === 0 || exposeHeaders.length === 0) return headers;
  return [...headers, ["access-control-expose-headers", exposeHeaders.join(",")]];
}

/** An HTTP API with CORS ignores those of the function (API Gateway developer guide, "Configure CORS for HTTP APIs"). */
export function withoutCorsHeaders(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => !name.toLowerCase().startsWith("access-control-"));
}

/**
 * With credentials an origin is named even where `*` allows it, since callers then do not accept `*` (Fetch standard,
 * "CORS protocol and credentials"; seen on function URLs).
 */
function originHeaders(cors: Cors, request: HttpRequest): HeaderList {
  const origin = headerOf(request, "origin");
  const { allowOrigins = [], allowCredentials = false } = cors;
  if (origin === undefined || !allowOrigins.some((each) => isAllowed(each, origin))) return [];
  if (allowOrigins.includes("*") && !allowCredentials) return [["access-control-allow-origin", "*"]];
  return [
    ["access-control-allow-origin", origin],
    ...(allowCredentials ? [["access-control-allow-credentials", "true"] as const] : []),
    ["vary", "Origin"],
  ];
}

/** Browsers send origins in lower case; configurations need not be. */
function isAllowed(allowed: string, origin: string): boolean {
  if (allowed === "*") return true;
  const wanted = allowed.toLowerCase();
  const given = origin.toLowerCase();
  return wanted === "https://*" || wanted === "http://*" ? given.startsWith(wanted.slice(0, -1)) : given === wanted;
}

/** The configured list; what was asked for instead of a `*` that callers with credentials would not accept. */
function listed(cors: Cors, list: readonly string[] = [], asked: string | undefined): string | undefined {
  if (list.length === 0) return undefined;
  return list.includes("*") && cors.allowCredentials === true ? asked : list.join(",");
}

function badCors(owner: string, problem: string): EmulatorError {
  return new EmulatorError("BAD_OPTIONS", `${owner}: ${problem}`, { hint: `Members of cors: ${members.join(", ")}` });
}
