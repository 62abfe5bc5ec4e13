/** `--api`, `--route` and `--stage` → what stands in front of the functions. Flags override the configuration file. */
import type { ApiOptions, ApiType } from "../emulator/index.ts";
import { UsageError } from "./usage-error.ts";

/** The flags. */
export interface ApiFlags {
  readonly api?: ApiType;
  /** `GET /pets/{id}=pets`; the function may be left out when there is one. */
  readonly route?: readonly string[];
  readonly stage?: string;
}

/** All of them, for help texts. */
export const apiTypes: readonly ApiType[] = ["http-api", "rest-api", "load-balancer"];

const apiNames: Readonly<Record<ApiType, string>> = {
  "http-api": "HTTP API",
  "rest-api": "REST API",
  "load-balancer": "Load balancer",
};

/** A line for people: what stands in front of which function. */
export function describeApi({ type, routes }: ApiOptions): string {
  const leads = Object.entries(routes).map(([route, functionName]) => `${route} → ${functionName}`);
  return `${apiNames[type]}: ${leads.join(", ") || "no routes"}`;
}

/**
 * @returns undefined where nothing asks for an API
 * @throws UsageError
 */
export function readApiFlags(
  { api: type, route: given, stage }: ApiFlags,
  functionNames: readonly string[],
  config: ApiOptions | undefined,
): ApiOptions | undefined {
  if (type === undefined && given === undefined && config === undefined) {
    if (stage !== undefined) throw new UsageError("--stage is that of an API", "Ask for one: --api http-api");
    return undefined;
  }
  const chosen = type ?? config?.type ?? "http-api";
  // Members of another type of API would be refused, or do nothing.
  const kept = config?.type === chosen ? config : undefined;
  return {
    ...kept,
    type: chosen,
    routes:
      given === undefined ? (config?.routes ?? everyPath(chosen, functionNames)) : readRoutes(given, functionNames),
    ...(stage === undefined ? {} : { stage }),
  };
}

function readRoutes(given: readonly string[], functionNames: readonly string[]): Record<string, string> {
  const routes: Record<string, string> = {};
  for (const each of given) {
    const [, routeKey = each, named] = /^(.*)=([\w-]+)$/s.exec(each) ?? [];
    const [only] = functionNames;
    const functionName = named ?? (functionNames.length === 1 ? only : undefined);
    if (functionName === undefined) {
      throw new UsageError(`--route "${each}" names no function`, `Name one: --route "${each}=${only}"`);
    }
    if (Object.hasOwn(routes, routeKey)) throw new UsageError(`--route "${routeKey}" is given twice`);
    routes[routeKey] = functionName;
  }
  return routes;
}

/** A REST API has no route for what no other takes. */
function everyPath(type: ApiType, functionNames: readonly string[]): Record<string, string> {
  const [only = ""] = functionNames;
  if (functionNames.length > 1) {
    throw new UsageError(
      `--api leads to one function; there are ${functionNames.join(", ")}`,
      `Say which path leads to which: --route "GET /pets/{id}=${only}"`,
    );
  }
  return type === "rest-api" ? { "ANY /": only, "ANY /{proxy+}": only } : { $default: only };
}
