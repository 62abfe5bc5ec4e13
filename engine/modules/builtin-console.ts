/** `node:console`: the global one, as it is when the module is loaded. */

// oxlint-disable-next-line no-console
const { assert, count, debug, dir, error, info, log, table, time, timeEnd, trace, warn } = globalThis.console;

export { assert, count, debug, dir, error, info, log, table, time, timeEnd, trace, warn };
export { Console } from "./console.ts";
export default globalThis.console;
