/** What Node.js says about arguments that are none. */

export function withCode<Kind extends Error>(error: Kind, code: string): Kind {
  return Object.assign(error, { code });
}

/** @param what such as `"key" argument` @param kinds such as `of type string` */
export function invalidType(what: string, kinds: string, value: unknown): Error {
  return withCode(new TypeError(`The ${what} must be ${kinds}. Received ${received(value)}`), "ERR_INVALID_ARG_TYPE");
}

export function outOfRange(what: string, range: string, value: unknown): Error {
  const message = `The value of ${what} is out of range. It must be ${range}. Received ${written(value)}`;
  return withCode(new RangeError(message), "ERR_OUT_OF_RANGE");
}

/** As `util.inspect` writes simple values; it is a module of its own where that is not needed at once. */
function written(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  return typeof value === "bigint" ? `${value}n` : String(value);
}

function received(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value === "object") return `an instance of ${value.constructor?.name}`;
  return `type ${typeof value} (${written(value)})`;
}
