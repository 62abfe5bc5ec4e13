/** Which processor an executable is for, from the first bytes of the file. */
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
    const { buffer: head, bytesRead } = await file.read(Buffer.alloc(20), 0, 20, 0);
    if (head.toString("latin1", 0, 2) === "#!") return "script";
    const isElf64 = bytesRead === 20 && head.toString("latin1", 0, 6) === "\x7fELF\x02\x01";
    const machine = isElf64 ? head.readUInt16LE(18) : 0;
    return Object.values(platforms).find((facts) => facts.elfMachine === machine)?.architecture ?? "unknown";
  } finally {
    await file.close();
  }
}
