/** Global set-up: the commands under test are the built ones, so they are built from the sources under test. */
import { execFileSync } from "node:child_process";

export function setup(): void {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "inherit", "inherit"] });
}
