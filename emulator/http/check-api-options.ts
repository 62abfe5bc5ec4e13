/** Checks the options of an API, member by member: which there are depends on its type. */
import { EmulatorError } from "../errors.ts";
import type { ApiOptions, ApiType } from "./api.ts";
import { checkCors } from "./cors.ts";

type Check = readonly [isValid: (value: unknown) => boolean, expected: string];

const text: Check = [(value) => typeof value === "string" && value !== "", "a text"];
const stageMembers = { stage: text, stageVariables: [isTexts, "an object of texts"] } as const;
const members: Readonly<Record<ApiType, Readonly<Record<string, Check>>>> = {
  "http-api": { ...stageMembers, cors: [() => true, ""] },
  "rest-api": {
    ...stageMembers,
    binaryMediaTypes: [isListOfTexts, "an array of texts"],
    responseTransferMode: [(value) => value === "BUFFERED" || value === "STREAM", "BUFFERED or STREAM"],
  },
  "load-balancer": { multiValueHeaders: [(value) => typeof value === "boolean", "true or false"] },
};
const ofAll = ["type", "routes"];

/** All of them, as messages list them. */
const types = Object.keys(members) as readonly ApiType[];

/** @throws EmulatorError `BAD_OPTIONS` */
export function checkApiOptions(options: ApiOptions): void {
  const { type, routes, cors } = options;
  if (!types.includes(type)) throw badApi(`api.type must be one of ${types.join(", ")}`);
  const known = members[type];
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (ofAll.includes(name) || value === undefined) continue;
    const check = known[name];
    if (check === undefined) throw unknownMember(type, name);
    const [isValid, expected] = check;
    if (!isValid(value)) throw badApi(`api.${name} must be ${expected}`);
  }
  if (!isTexts(routes)) throw badApi("api.routes must be an object with the name of a function for each route");
  if (cors !== undefined) checkCors("api", cors);
}

function unknownMember(type: ApiType, name: string): EmulatorError {
  const of = types.filter((each) => name in members[each]);
  const message =
    of.length === 0 ? `api has no option "${name}"` : `api.${name} is an option of ${of.join(" and ")}, not of ${type}`;
  return badApi(message, `Options of ${type}: ${[...ofAll, ...Object.keys(members[type])].join(", ")}`);
}

function isTexts(value: unknown): boolean {
  return typeof value === "object" && value !== null && isListOfTexts(Object.values(value)) && !Array.isArray(value);
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function badApi(message: string, hint?: string): EmulatorError {
  return new EmulatorError("BAD_OPTIONS", message, hint === undefined ? {} : { hint });
}
