/** What this machine's Rust can make. The programs are scripts that answer as rustc 1.95 and cargo-zigbuild 0.24 do. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, vi } from "vitest";
import { hostToolchain } from "../../builder/engines/host-rust.ts";
import { parseArchitecture, platforms, type Architecture } from "../../images/platforms.ts";
import { test } from "../support/temporary-folder.ts";

const here = parseArchitecture(process.arch) ?? "x86_64";
const elsewhere: Architecture = here === "x86_64" ? "arm64" : "x86_64";
const triples = { x86_64: "x86_64-unknown-linux-gnu", arm64: "aarch64-unknown-linux-gnu" };

/** A PATH with these programs alone. */
function provide(folder: string, programs: Readonly<Record<string, string>>): void {
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  vi.stubEnv("PATH", folder);
}

const rustc = `echo "rustc 1.95.0"`;
/** As a subcommand of cargo it knows no --version. */
const zigbuild = `[ "$1" = --version ] && echo "cargo-zigbuild 0.24.1"`;

afterEach(() => {
  vi.unstubAllEnvs();
});

test("with cargo-zigbuild every platform, for its own glibc", async ({ folder }) => {
  provide(folder, { rustc, cargo: "exit 1", "cargo-zigbuild": zigbuild });
  const found = await hostToolchain(platforms[`al2-${elsewhere}`]);
  expect(found).toMatchObject({ command: "zigbuild", target: `${triples[elsewhere]}.2.26` });
  const other = await hostToolchain(platforms[`al2023-${elsewhere}`]);
  expect(other).toMatchObject({ command: "zigbuild", target: `${triples[elsewhere]}.2.34` });
  expect(other.key).not.toBe(found.key);
});

test("without it this machine's platform, for this machine's glibc", async ({ folder }) => {
  provide(folder, { rustc, cargo: "exit 1" });
  await expect(hostToolchain(platforms[`al2-${elsewhere}`])).rejects.toMatchObject({
    code: "ENGINE_UNAVAILABLE",
    hint: expect.stringContaining("pip install cargo-zigbuild ziglang") as string,
  });
  const own = hostToolchain(platforms[`al2-${here}`]);
  if (process.platform === "linux")
    await expect(own).resolves.toMatchObject({ command: "build", target: triples[here] });
  else await expect(own).rejects.toMatchObject({ code: "ENGINE_UNAVAILABLE" });
});

test("without Rust the hint names what to install", async ({ folder }) => {
  provide(folder, {});
  await expect(hostToolchain(platforms[`al2-${here}`])).rejects.toMatchObject({
    code: "ENGINE_UNAVAILABLE",
    hint: expect.stringContaining("https://rustup.rs") as string,
  });
});
