/** Which processor an executable is for, from the first bytes of the file. */
import { accessSync, closeSync, constants, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { platforms, type Architecture } from "../images/platforms.ts";

/** `script`: begins with `#!` and runs wherever its interpreter does. */
export type ExecutableKind = Architecture | "script" | "unknown";

/** The interpreter that the first line of a script names; undefined for an ELF file or a line without one. */
export async function readInterpreter(path: string): Promise<string | undefined> {
  const file = await open(path);
  try {
    // Linux reads this much of the line (execve(2)).
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const [line = ""] = buffer.toString("utf8", 0, bytesRead).split("\n");
    return /^#![ \t]*([^ \t]+)/.exec(line)?.[1];
  } finally {
    await file.close();
  }
}

/** Reads `e_machine` (System V ABI, ELF header, offset 18) of a 64-bit little-endian ELF file. */
export async function readExecutableArchitecture(path: string): Promise<ExecutableKind> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return kindOf(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Why Linux on this architecture cannot start a file, in the system's words; undefined when it can try. */
export function whyNotExecutable(path: string, architecture: Architecture): string | undefined {
  try {
    accessSync(path, constants.X_OK);
  } catch (error) {
    // A link may lead to what only a container has.
    return (error as NodeJS.ErrnoException).code === "EACCES" ? "permission denied" : undefined;
  }
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(headBytes);
    const kind = kindOf(head.subarray(0, readSync(file, head, 0, headBytes, 0)));
    return kind === "script" || kind === architecture ? undefined : "exec format error";
  } finally {
    closeSync(file);
  }
}

const headBytes = 20;

function kindOf(head: Buffer): ExecutableKind {
  if (head.toString("latin1", 0, 2) === "#!") return "script";
  const isElf64 = head.length === headBytes && head.toString("latin1", 0, 6) === "\x7fELF\x02\x01";
  const machine = isElf64 ? head.readUInt16LE(18) : 0;
  return Object.values(platforms).find((facts) => facts.elfMachine === machine)?.architecture ?? "unknown";
}
