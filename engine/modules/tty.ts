/** `node:tty`: what functions write goes to a log. */

/** Never: `process.stdout.isTTY` says the same. */
export function isatty(_descriptor: number): boolean {
  return false;
}
