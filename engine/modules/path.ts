/** `node:path`, by the package path-browserify. */
import path from "path-browserify";

export const {
  basename,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  normalize,
  parse,
  relative,
  resolve,
  sep,
  delimiter,
} = path;
export const posix: typeof path = path;

export function toNamespacedPath(name: string): string {
  return name;
}
