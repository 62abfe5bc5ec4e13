/** Says in a sentence what would otherwise be a stack trace: this Node.js is too old. Runs on any version. */

/** As in `engines` of package.json. */
export const minNodeVersion: readonly [major: number, minor: number] = [22, 18];

/** False, and said on stderr, for a version below the least one. */
export function isNodeSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [minMajor, minMinor] = minNodeVersion;
  if (major > minMajor || (major === minMajor && minor >= minMinor)) return true;
  process.stderr.write(
    `error: runtime-aws-lambda needs Node.js ${minMajor}.${minMinor} or later; this is ${version}\n`,
  );
  return false;
}
