/** Things a machine may lack: their tests are skipped with the reason, but on CI a skip is a failure. */
import { spawnSync } from "node:child_process";

/** Skips the test when `reason` is given. */
export function skipWithReason(skip: (note: string) => void, reason: string | undefined): void {
  if (reason === undefined) return;
  if (process.env["CI"] === "true") throw new Error(`on CI this must be there: ${reason}`);
  console.warn(`Skipped: ${reason}`);
  skip(reason);
}

/** Why a program cannot be used, or undefined. */
export function whyNoProgram(program: string, ...args: readonly string[]): string | undefined {
  const { error, status } = spawnSync(program, args, { stdio: "ignore" });
  if (error !== undefined) return `${program} is not installed`;
  return status === 0 ? undefined : `${program} ${args.join(" ")} ends with exit code ${status}`;
}
