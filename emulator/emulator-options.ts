/** Checks the options of `startEmulator` where TypeScript does not: names and types from JavaScript callers. */
import type { Credentials } from "./environment-variables.ts";
import { EmulatorError } from "./errors.ts";
import type { ApiOptions } from "./http/api.ts";
import { readDaemonAddress } from "./xray/daemon-address.ts";

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number";
const isFunction: Check = (value) => typeof value === "function";
const isObject: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const emulatorOptions: Readonly<Record<string, readonly [Check, string]>> = {
  functions: [isObject, "an object with a member for each function"],
  host: [isText, "a string"],
  port: [isNumber, "a number"],
  region: [(value) => isText(value) && /^[a-z]{2}(-[a-z]+)+-\d$/.test(value as string), "a region such as us-east-1"],
  accountId: [(value) => isText(value) && /^\d{12}$/.test(value as string), "twelve digits"],
  availabilityZoneId: [
    (value) => isText(value) && /^[a-z0-9]+(-[a-z0-9]+)*-az\d+$/.test(value as string),
    "an id such as use1-az1",
  ],
  xray: [(value) => isText(value) && readDaemonAddress(value as string) !== undefined, "host:port of a daemon"],
  credentials: [
    (value) =>
      isObject(value) && isText((value as Credentials).accessKeyId) && isText((value as Credentials).secretAccessKey),
    "an object with accessKeyId and secretAccessKey",
  ],
  onLog: [isFunction, "a function"],
  onNotice: [isFunction, "a function"],
  watch: [(value) => typeof value === "boolean", "true or false"],
  docker: [isObject, "an object"],
  api: [(value) => isObject(value) && isObject((value as ApiOptions).routes), "an object with type and routes"],
  clock: [isObject, "an object"],
  signal: [isObject, "an AbortSignal"],
};

const functionOptions: Readonly<Record<string, readonly [Check, string]>> = {
  source: [isText, "a path"],
  handler: [isText, "a string"],
  timeoutMs: [isNumber, "a number of milliseconds"],
  memoryMib: [isNumber, "a number of MiB"],
  environment: [isObject, "an object with a string for each variable"],
  concurrency: [isNumber, "a number"],
  maxConcurrency: [isNumber, "a number"],
  platform: [isText, "a platform"],
  warm: [isNumber, "a number"],
  idleTimeoutMs: [isNumber, "a number of milliseconds"],
  tenantIsolation: [(value) => typeof value === "boolean", "true or false"],
  eventInvokeConfig: [isObject, "an object"],
  url: [isObject, "an object with invokeMode and cors"],
  snapStart: [(value) => typeof value === "boolean", "true or false"],
  streamPacing: [(value) => typeof value === "boolean", "true or false"],
  schedules: [(value) => Array.isArray(value) && value.every(isText), "an array of rate(…) and cron(…)"],
  logging: [isObject, "an object"],
  engine: [isObject, "an object with name and path"],
  inspect: [isNumber, "a number"],
  layers: [(value) => Array.isArray(value) && value.every(isText), "an array of paths"],
};

/** @throws EmulatorError `BAD_OPTIONS` naming the option */
export function checkEmulatorOptions(options: object): void {
  checkMembers("startEmulator", options, emulatorOptions, ["functions"]);
  for (const [name, each] of Object.entries((options as { readonly functions: object }).functions)) {
    if (!isObject(each)) throw badOption(`Function ${name} must be an object with a source`);
    checkMembers(`Function ${name}`, each as object, functionOptions, ["source"]);
  }
}

function checkMembers(
  owner: string,
  given: object,
  known: Readonly<Record<string, readonly [Check, string]>>,
  required: readonly string[],
): void {
  for (const [name, value] of Object.entries(given)) {
    const rule = known[name];
    if (rule === undefined) throw unknownOption(owner, name, Object.keys(known));
    const [isValid, expected] = rule;
    if (value !== undefined && !isValid(value)) throw badOption(`${owner}: ${name} must be ${expected}`);
  }
  for (const name of required) {
    if ((given as Record<string, unknown>)[name] === undefined) throw badOption(`${owner}: ${name} is missing`);
  }
}

function unknownOption(owner: string, name: string, names: readonly string[]): EmulatorError {
  const wanted = name.toLowerCase();
  const meant = names.find((each) => each.toLowerCase().startsWith(wanted) || wanted.startsWith(each.toLowerCase()));
  const hint = meant === undefined ? `Options: ${names.join(", ")}` : `Did you mean ${meant}?`;
  return new EmulatorError("BAD_OPTIONS", `${owner} has no option "${name}"`, { hint });
}

function badOption(message: string): EmulatorError {
  return new EmulatorError("BAD_OPTIONS", message);
}
