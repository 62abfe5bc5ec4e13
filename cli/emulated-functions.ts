/** Sources, flags and the configuration file → the functions of an emulator. Flags override the file. */
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { EmulatorOptions, FunctionOptions } from "../emulator/index.ts";
import type { FunctionConfig, LoadedConfig } from "../config/index.ts";
import type { Platform } from "../images/platforms.ts";
import { readApiFlags, type ApiFlags } from "./api-flags.ts";
import { checkNames, readConfig } from "./configured-functions.ts";
import { UsageError } from "./usage-error.ts";

/** The flags that describe functions. */
export interface FunctionFlags extends ApiFlags {
  readonly config?: string;
  readonly name?: string;
  readonly handler?: string;
  readonly timeout?: number;
  readonly memory?: number;
  readonly concurrency?: number;
  readonly maxConcurrency?: number;
  readonly warm?: number;
  readonly idleTimeout?: number;
  readonly layer?: readonly string[];
  readonly invokeMode?: "BUFFERED" | "RESPONSE_STREAM";
  readonly corsOrigin?: readonly string[];
  readonly snapStart?: boolean;
  readonly streamPacing?: boolean;
  /** What stands between the parentheses of `rate(…)` and `cron(…)`, or with them. */
  readonly rate?: readonly string[];
  readonly cron?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly envFile?: readonly string[];
  readonly logFormat?: "Text" | "JSON";
  readonly engine?: "bun" | "node" | "native";
  readonly inspect?: number | true;
  readonly platform?: Platform;
  readonly region?: string;
  readonly account?: string;
  readonly availabilityZoneId?: string;
  readonly xray?: string;
}

interface EmulatedFunctions {
  readonly service: Pick<EmulatorOptions, "functions" | "region" | "accountId" | "availabilityZoneId" | "xray" | "api">;
  /** What `--event` may mean: the sources that were given, else all. */
  readonly named: readonly string[];
}

/** What the other parts know. */
export interface FunctionHelpers {
  readonly defaultName: (source: string) => string;
  /** Fetches an engine that is not there yet. */
  readonly enginePath: (engine: "bun" | "node" | "native") => Promise<string>;
}

/** A function whose engine is still a name. */
type DescribedFunction = Omit<FunctionOptions, "engine"> & { readonly engine?: "bun" | "node" | "native" };

/**
 * Reads the configuration file when there is no source, when a source is the name of a function in it, and when
 * `--config` names it.
 */
export async function emulatedFunctions(
  sources: readonly string[],
  flags: FunctionFlags,
  { defaultName, enginePath }: FunctionHelpers,
): Promise<EmulatedFunctions> {
  const config = await findConfig(sources, flags);
  const described =
    config === undefined ? nameSources(sources, flags, defaultName) : fromConfig(sources, flags, config);
  const functions = await withEngines(described, enginePath);
  const region = flags.region ?? config?.region;
  const accountId = flags.account ?? config?.accountId;
  const availabilityZoneId = flags.availabilityZoneId ?? config?.availabilityZoneId;
  const xray = flags.xray ?? config?.xray;
  const api = readApiFlags(flags, Object.keys(functions), config?.api);
  const isNamed = config !== undefined && sources.length > 0;
  return {
    service: {
      functions,
      ...(region === undefined ? {} : { region }),
      ...(accountId === undefined ? {} : { accountId }),
      ...(availabilityZoneId === undefined ? {} : { availabilityZoneId }),
      ...(xray === undefined ? {} : { xray }),
      ...(api === undefined ? {} : { api }),
    },
    named: isNamed ? sources : Object.keys(functions),
  };
}

async function withEngines(
  functions: Readonly<Record<string, DescribedFunction>>,
  enginePath: FunctionHelpers["enginePath"],
): Promise<Record<string, FunctionOptions>> {
  const resolved: Record<string, FunctionOptions> = {};
  for (const [index, [name, { engine, inspect, ...given }]] of Object.entries(functions).entries()) {
    // A port each, one after the other.
    const rest = inspect === undefined ? given : { ...given, inspect: inspect === 0 ? 0 : inspect + index };
    // oxlint-disable-next-line no-await-in-loop -- the second one finds what the first has fetched
    resolved[name] =
      engine === undefined ? rest : { ...rest, engine: { name: engine, path: await enginePath(engine) } };
  }
  return resolved;
}

async function findConfig(sources: readonly string[], flags: FunctionFlags): Promise<LoadedConfig | undefined> {
  if (flags.config === undefined && sources.some((source) => source.includes("="))) return undefined;
  const config = await readConfig(sources, flags.config);
  if (config !== undefined || sources.length > 0) return config;
  throw new UsageError("There is no source, and no lambda.config.ts here", "Name one: emulate ./handler.ts");
}

function fromConfig(
  names: readonly string[],
  flags: FunctionFlags,
  config: LoadedConfig,
): Record<string, DescribedFunction> {
  if (flags.name !== undefined) throw new UsageError("--name cannot rename a function of the configuration file");
  checkNames(names, config);
  // All of them: one may deliver to another, or call it.
  return Object.fromEntries(
    Object.entries(config.functions).map(([name, { platform, engine, ...others }]) => {
      // How it is built is of no interest here.
      const given = Object.fromEntries(Object.entries(others).filter(([key]) => key !== "build")) as typeof others;
      return [name, { ...given, ...targetOf(given.source, platform, engine), ...readFlags(flags, given) }];
    }),
  );
}

/** The file says what is built: an archive runs on its platform, a source on the engine it is built with. */
function targetOf(
  source: string,
  platform: FunctionConfig["platform"],
  engine: FunctionConfig["engine"],
): Pick<DescribedFunction, "engine" | "platform"> {
  const [first] = [platform ?? []].flat();
  if (!source.endsWith(".zip")) return engine === undefined ? {} : { engine };
  return first === undefined ? {} : { platform: first };
}

function nameSources(
  sources: readonly string[],
  flags: FunctionFlags,
  defaultName: (source: string) => string,
): Record<string, DescribedFunction> {
  const functions: Record<string, DescribedFunction> = {};
  if (flags.name !== undefined && sources.length > 1) {
    throw new UsageError("--name names one function; with several write name=source");
  }
  for (const each of sources) {
    if (each === "") throw new UsageError("A source is empty", "Perhaps a variable of the shell has no value");
    const [, givenName, source = each] = /^([a-zA-Z0-9-_]+)=(.+)$/s.exec(each) ?? [];
    const name = flags.name ?? givenName ?? defaultName(source);
    if (Object.hasOwn(functions, name)) {
      throw new UsageError(`Two functions would be named "${name}"`, "Name them: first=./a.ts second=./b.ts");
    }
    functions[name] = { source, ...readFlags(flags, {}) };
  }
  return functions;
}

function readFlags(flags: FunctionFlags, config: Partial<FunctionConfig>): Partial<DescribedFunction> {
  const { handler, timeout, memory, concurrency, warm, idleTimeout, layer, platform, engine, inspect, logFormat } =
    flags;
  const { maxConcurrency, snapStart, streamPacing } = flags;
  const url = readUrlFlags(flags, config.url);
  const schedules = [...formatSchedules("rate", flags.rate), ...formatSchedules("cron", flags.cron)];
  const environment = { ...config.environment, ...readEnvironmentFiles(flags.envFile ?? []), ...flags.env };
  return {
    ...(handler === undefined ? {} : { handler }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }),
    ...(memory === undefined ? {} : { memoryMib: memory }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    ...(warm === undefined ? {} : { warm }),
    ...(idleTimeout === undefined ? {} : { idleTimeoutMs: idleTimeout * 1000 }),
    ...(layer === undefined ? {} : { layers: layer }),
    ...(snapStart === undefined ? {} : { snapStart }),
    ...(streamPacing === undefined ? {} : { streamPacing }),
    ...(url === undefined ? {} : { url }),
    ...(schedules.length === 0 ? {} : { schedules }),
    ...(platform === undefined ? {} : { platform }),
    ...(engine === undefined ? {} : { engine }),
    ...(inspect === undefined ? {} : { inspect: inspect === true ? 9229 : inspect }),
    ...(logFormat === undefined ? {} : { logging: { ...config.logging, format: logFormat } }),
    ...(Object.keys(environment).length === 0 ? {} : { environment }),
  };
}

/** An origin that may call may use every method and header. */
function readUrlFlags(
  { invokeMode, corsOrigin }: FunctionFlags,
  config: FunctionOptions["url"],
): FunctionOptions["url"] {
  if (invokeMode === undefined && corsOrigin === undefined) return undefined;
  return {
    ...config,
    ...(invokeMode === undefined ? {} : { invokeMode }),
    ...(corsOrigin === undefined
      ? {}
      : { cors: { allowMethods: ["*"], allowHeaders: ["*"], ...config?.cors, allowOrigins: corsOrigin } }),
  };
}

/** As `schedules` takes them; what is wrong with one is said there. */
function formatSchedules(kind: "rate" | "cron", expressions: readonly string[] = []): readonly string[] {
  return expressions.map((each) => (each.trim().startsWith(`${kind}(`) ? each : `${kind}(${each})`));
}

/** Files of `KEY=VALUE` lines, as Node.js reads them; later ones win. */
function readEnvironmentFiles(paths: readonly string[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const path of paths) {
    try {
      Object.assign(environment, parseEnv(readFileSync(path, "utf8")));
    } catch (error) {
      throw new UsageError(`--env-file cannot be read: ${(error as Error).message}`);
    }
  }
  return environment;
}
