/** What the members of a configuration may be, as far as the file is worked with before their own parts look at them. */
import { platformNames } from "../images/platforms.ts";
import { ConfigError } from "./errors.ts";
import type { BuildConfig, FunctionConfig } from "./lambda-config.ts";

type Check = readonly [isValid: (value: unknown) => boolean, expected: string];

/** All of them, which the compiler sees to. */
const engineNames: Record<NonNullable<FunctionConfig["engine"]>, true> = { bun: true, node: true, native: true };
const engines: readonly unknown[] = Object.keys(engineNames);

const functionValues: Partial<Record<keyof FunctionConfig, Check>> = {
  source: [isText, "a path"],
  environment: [isObject, "an object with a text for each variable"],
  layers: [isListOf(isText), "an array of paths"],
  eventInvokeConfig: [isObject, "an object"],
  platform: [isPlatforms, `one of ${platformNames.join(", ")}, or an array of them`],
  engine: [(value) => engines.includes(value), `one of ${engines.join(", ")}`],
  build: [isObject, "an object"],
};

const texts: Check = [isTexts, "an object of texts"];
const list: Check = [isListOf(isText), "an array of texts"];
const text: Check = [isText, "a text"];
const flag: Check = [(value) => typeof value === "boolean", "true or false"];

const buildValues: Record<keyof BuildConfig, Check> = {
  toolchain: text,
  external: list,
  define: texts,
  minify: flag,
  sourcemap: flag,
  include: texts,
  binaries: list,
  features: list,
  profile: text,
  targetCpu: text,
  goPackage: text,
};

/** @throws ConfigError `BAD_CONFIG` */
export function checkFunctionValues(owner: string, given: Readonly<Record<string, unknown>>): void {
  if (given["source"] === undefined) throw badValue(`${owner}.source`, "a path");
  checkValues(owner, given, functionValues);
  const { build } = given;
  if (isObject(build)) checkValues(`${owner}.build`, build, buildValues);
}

function checkValues(
  owner: string,
  given: Readonly<Record<string, unknown>>,
  checks: Readonly<Partial<Record<string, Check>>>,
): void {
  for (const [name, value] of Object.entries(given)) {
    const check = checks[name];
    if (check === undefined || value === undefined) continue;
    const [isValid, expected] = check;
    if (!isValid(value)) throw badValue(`${owner}.${name}`, expected);
  }
}

function badValue(member: string, expected: string): ConfigError {
  return new ConfigError("BAD_CONFIG", `${member} must be ${expected}`);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isListOf(isValid: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => Array.isArray(value) && value.every(isValid);
}

function isTexts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((each) => typeof each === "string");
}

function isPlatforms(value: unknown): boolean {
  const names: readonly unknown[] = platformNames;
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  return given.length > 0 && given.every((each) => names.includes(each));
}

/** Neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
