/** Global set-up: the commands under test are the built ones, so they are built from the sources under test. */
import { execFileSync } from "node:child_process";

export function setup(): void {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "inherit", "inherit"] });
  // The first npx in a checkout links the package, and builds it once more: not while tests run what is built.
  execFileSync("npx", ["emulate", "--version"], { stdio: ["ignore", "ignore", "inherit"] });
}
