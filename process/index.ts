/**
 * Programs of this machine: started in a group of their own, followed to their end. The mirror of `docker/` for child
 * processes.
 *
 * @module
 */
export { endedOrAborted, startProcess } from "./start-process.ts";
export type { ProcessExit, ProcessOptions, StartedProcess } from "./start-process.ts";
export { ownedName, removeLeftovers } from "./owned-name.ts";
export { isOwnerGone, thisProcess, type Owner } from "./owner.ts";
export { isAlive } from "./is-alive.ts";
export { TreeMemory } from "./tree-memory.ts";
export { LogTail } from "./log-tail.ts";
