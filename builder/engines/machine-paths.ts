/** What rustc writes into an executable says where its sources lay, for messages of panics: the same names on every machine. */
import { homedir } from "node:os";
import { join } from "node:path";

/** Of this machine, as cargo finds it. */
export function hostCargoHome(): string {
  // oxlint-disable-next-line node/no-process-env -- it is cargo's own variable
  return process.env["CARGO_HOME"] ?? join(homedir(), ".cargo");
}

/**
 * Arguments of cargo that name folders anew; they join the flags of the user's own configuration.
 *
 * @param names `/home/ada/.cargo` → `/cargo`
 */
export function renameFolders(triple: string, names: Readonly<Record<string, string>>): string[] {
  const flags = Object.entries(names).map(([folder, name]) => `--remap-path-prefix=${folder}=${name}`);
  return ["--config", `target.${triple}.rustflags=${JSON.stringify(flags)}`];
}
