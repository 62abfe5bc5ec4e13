/** Reads a query string into pairs, and pairs into the maps that events have. */
import { percentDecode } from "./percent-decoding.ts";

/** Name and value, in the order sent. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** Splits at `&` and the first `=`, and decodes nothing: as a load balancer passes it on. Empty parts are skipped. */
export function rawQueryPairs(rawQueryString: string): Pairs {
  return rawQueryString
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      return at === -1 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    });
}

/** The same, decoded: `+` is a space, then `%XX`. As function URLs and API Gateway pass it on. */
export function queryPairs(rawQueryString: string): Pairs {
  return rawQueryPairs(rawQueryString).map(([name, value]) => [formDecode(name), formDecode(value)]);
}

function formDecode(text: string): string {
  return percentDecode(text.replaceAll("+", " "));
}

/** All values of each name, in order of first appearance. */
function groupValues(pairs: Pairs): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const values = groups.get(name);
    if (values === undefined) groups.set(name, [value]);
    else values.push(value);
  }
  return groups;
}

/** Repeated names joined by `,` (payload 2.0: AWS Lambda developer guide, "Invoking Lambda function URLs"). */
export function joinedValues(pairs: Pairs): Record<string, string> {
  return mapGroups(groupValues(pairs), (values) => values.join(","));
}

/** Of repeated names the last (payload 1.0 and load balancers: their developer guides). */
export function lastValues(pairs: Pairs): Record<string, string> {
  // `fromEntries` defines members, so that a parameter may be called `__proto__`.
  return Object.fromEntries(pairs);
}

/** A list for each name (`multiValue…` members). */
export function listedValues(pairs: Pairs): Record<string, string[]> {
  return mapGroups(groupValues(pairs), (values) => values);
}

function mapGroups<Value>(groups: Map<string, string[]>, map: (values: string[]) => Value): Record<string, Value> {
  return Object.fromEntries(Array.from(groups, ([name, values]) => [name, map(values)]));
}
