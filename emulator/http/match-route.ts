/** The routes of an API: which of them a request takes, and what its variables are. */
import { EmulatorError } from "../errors.ts";
import { percentDecode } from "./percent-decoding.ts";

/** One route, read by `parseRoutes`. */
export interface Route {
  /** As configured: `GET /pets/{id}`, `ANY /{proxy+}` or `$default`. */
  readonly routeKey: string;
  /** `ANY` takes every method. */
  readonly method: string;
  /** `/pets/{id}`; `$default` for the route of what no other takes. */
  readonly resource: string;
  readonly segments: readonly Segment[];
}

interface Segment {
  readonly kind: "text" | "variable" | "greedy";
  /** The text, or the name of the variable. */
  readonly text: string;
}

/** The route that a request takes. */
export interface RouteMatch {
  readonly routeKey: string;
  readonly resource: string;
  /** As sent, percent-encoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

const kinds = ["text", "variable", "greedy"] as const;
const methods = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
const variablePattern = /^\{([\w.:-]+)(\+?)\}$/;

/**
 * Reads routes into the order in which they are tried. Source: API Gateway developer guide, "Create routes for HTTP
 * APIs": a full match comes before one with a greedy variable, and `$default` last. Among full matches, text comes
 * before a variable from left to right, then a method before `ANY`.
 *
 * @throws EmulatorError `BAD_OPTIONS` for what is no route key, and for two that take the same requests
 */
export function parseRoutes(routeKeys: readonly string[]): readonly Route[] {
  const routes = routeKeys.map(parseRoute).toSorted((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1));
  for (const [index, route] of routes.entries()) {
    const next = routes[index + 1];
    if (next !== undefined && rankOf(next) === rankOf(route)) {
      throw new EmulatorError(
        "BAD_OPTIONS",
        `Routes "${route.routeKey}" and "${next.routeKey}" take the same requests`,
      );
    }
  }
  return routes;
}

/**
 * @param routes as `parseRoutes` returned them
 * @param rawPath as sent, percent-encoded, without stage and query
 * @returns undefined if no route takes the request, which API Gateway answers with 404
 */
export function matchRoute(routes: readonly Route[], method: string, rawPath: string): RouteMatch | undefined {
  const parts = rawPath.split("/").slice(1);
  for (const route of routes) {
    if (route.method !== "ANY" && route.method !== method) continue;
    const pathParameters = route.resource === "$default" ? {} : matchSegments(route.segments, parts);
    if (pathParameters !== undefined) return { routeKey: route.routeKey, resource: route.resource, pathParameters };
  }
  return undefined;
}

function matchSegments(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  const isGreedy = segments.at(-1)?.kind === "greedy";
  if (isGreedy ? parts.length < segments.length : parts.length !== segments.length) return undefined;
  const variables: [string, string][] = [];
  for (const [index, { kind, text }] of segments.entries()) {
    const value = kind === "greedy" ? parts.slice(index).join("/") : (parts[index] ?? "");
    if (kind === "text" ? percentDecode(value) !== text : value === "") return undefined;
    if (kind !== "text") variables.push([text, value]);
  }
  return Object.fromEntries(variables);
}

function parseRoute(routeKey: string): Route {
  if (routeKey === "$default") return { routeKey, method: "ANY", resource: "$default", segments: [] };
  const [method = "", ...paths] = routeKey.split(" ");
  const [resource = ""] = paths;
  if (!methods.includes(method)) throw badRoute(routeKey, `it begins with none of ${methods.join(", ")}`);
  if (paths.length !== 1 || !/^\/\S*$/.test(resource)) {
    throw badRoute(routeKey, "behind the method stands a single path, which begins with /");
  }
  const segments = resource.slice(1).split("/").map(parseSegment);
  if (segments.some(({ kind, text }) => kind === "text" && /[{}]/.test(text))) {
    throw badRoute(routeKey, "a variable is a whole segment");
  }
  if (segments.slice(0, -1).some(({ kind }) => kind === "greedy")) throw badRoute(routeKey, "{…+} must come last");
  const names = segments.filter(({ kind }) => kind !== "text").map(({ text }) => text);
  if (new Set(names).size < names.length) throw badRoute(routeKey, "a variable has the name of another");
  return { routeKey, method, resource, segments };
}

function parseSegment(segment: string): Segment {
  const [, name, plus] = variablePattern.exec(segment) ?? [];
  if (name === undefined) return { kind: "text", text: segment };
  return { kind: plus === "+" ? "greedy" : "variable", text: name };
}

/** Sorts as text; the same for routes that take the same requests. */
function rankOf({ method, resource, segments }: Route): string {
  if (resource === "$default") return "2";
  const isGreedy = segments.some(({ kind }) => kind === "greedy");
  const shape = segments.map(({ kind, text }) => `${kinds.indexOf(kind)}${kind === "text" ? text : ""}`).join("/");
  return `${isGreedy ? 1 : 0} ${shape} ${method === "ANY" ? 1 : 0} ${method}`;
}

function badRoute(routeKey: string, reason: string): EmulatorError {
  const hint = "Routes look like GET /pets/{id}, ANY /{proxy+} or $default";
  return new EmulatorError("BAD_OPTIONS", `"${routeKey}" is not a route: ${reason}`, { hint });
}
