/** Options that are numbers. */
import { invalidType, outOfRange } from "./argument-errors.ts";

/**
 * A member of options that is a number between two others.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`
 */
export function checkNumber<Name extends string>(
  options: { readonly [Each in Name]?: number | undefined },
  name: Name,
  [least, most]: readonly [number, number],
  fallback: number,
): number {
  const value: unknown = options[name];
  if (value === undefined || Number.isNaN(value)) return fallback;
  if (typeof value !== "number") throw invalidType(`"options.${name}" property`, "of type number", value);
  if (value >= least && value <= most) return value;
  const range = most === Number.POSITIVE_INFINITY ? `>= ${least}` : `>= ${least} and <= ${most}`;
  throw outOfRange(`"options.${name}"`, range, value);
}
