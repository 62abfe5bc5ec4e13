/** The `native` engine: the bundle, as bytecode of its modules, goes behind an executable of a few megabytes. `engine/src/payload.rs` reads it. */
import { readFile, rm, writeFile } from "node:fs/promises";
import type { Engine } from "./engine.ts";

const magics = { bytecode: "RALbyt02", source: "RALsrc01" } as const;

/** QuickJS. Experimental: for small functions that wait for the network. */
export const nativeEngine: Engine = {
  name: "native",
  bundleFormat: "native",
  async compile({ code, modules = [{ name: "bundle.mjs", code }], files, site, destination, onLog, signal }) {
    const { siteExecutable, platformExecutable } = files;
    const bytecode = `${destination}.bytecode`;
    if (siteExecutable !== undefined) {
      const { arrived } = await site.run({
        executable: "engine",
        args: (output) => ["compile", output, ...modules.map(({ name }) => name)],
        inputs: [
          { name: "engine", content: { fromFile: siteExecutable }, isExecutable: true },
          ...modules.map((each) => ({ name: each.name, content: each.code })),
        ],
        output: "bytecode",
        destination: bytecode,
        onLog,
        signal,
      });
      await arrived;
    }
    const payload = siteExecutable === undefined ? code : await readFile(bytecode);
    const lengthBytes = Buffer.alloc(8);
    lengthBytes.writeBigUInt64LE(BigInt(payload.length));
    const magic = Buffer.from(siteExecutable === undefined ? magics.source : magics.bytecode);
    const parts = [await readFile(platformExecutable), payload, lengthBytes, magic];
    await writeFile(destination, Buffer.concat(parts), { mode: 0o755 });
    await rm(bytecode, { force: true });
    return {};
  },
};
