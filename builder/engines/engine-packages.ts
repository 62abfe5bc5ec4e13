/** The pinned JavaScript engines: which npm package holds the executable for which system, and its hash. */
import type { Architecture } from "../../images/platforms.ts";

/** Engines whose executable comes from npm. */
export type PackagedEngineName = "bun" | "node";

/** A system an engine's executable runs on. */
export type EngineSystem = `${"linux" | "darwin"}-${Architecture}`;

export interface EnginePackage {
  /** npm package name. */
  readonly name: string;
  readonly version: string;
  /** Subresource integrity of the tarball, as the registry publishes it. */
  readonly integrity: string;
  /** Path of the executable inside the tarball. */
  readonly executable: string;
}

// Bun 1.4.2 is the last release whose executables stay well below Lambda's 50 MiB upload limit once zipped.
const bun = (system: string, integrity: string): EnginePackage => ({
  name: `@oven/bun-${system}`,
  version: "1.4.2",
  integrity,
  executable: "package/bin/bun",
});

// Both packages must have the version: a single-executable blob fits only the Node.js that wrote it.
const node = (system: string, integrity: string): EnginePackage => ({
  name: `node-${system}`,
  version: "24.21.0",
  integrity,
  executable: "package/bin/node",
});

/** By engine and system; an absent one cannot be used there. */
export const enginePackages: Readonly<
  Record<PackagedEngineName, Partial<Readonly<Record<EngineSystem, EnginePackage>>>>
> = {
  bun: {
    "linux-x86_64": bun(
      "linux-x64",
      "sha512-9/E/UXOTpSo3YsV5g+FhtTd/qTpiWoKuxS12cqtuYA1ssu9fRAoPQnipFgGyck3tWO63iUdxBiygq+kELFawng==",
    ),
    "linux-arm64": bun(
      "linux-aarch64",
      "sha512-3BBP9ovJ2RGHFH6Ae1CAtxNtG1+YY6GD6rmYbsUosoAk9+OEl6zeDQ/k4fBkc6dYOJCtWnx8hUxzNzQATSmvYQ==",
    ),
    "darwin-x86_64": bun(
      "darwin-x64",
      "sha512-gZTxZuLjkUhAWjTETu3tw0WhsEdNkJ64daj60ybhPf835a2yollV3yTkK9JozvzKPx4TRFzLSl8C+U525pxVbw==",
    ),
    "darwin-arm64": bun(
      "darwin-aarch64",
      "sha512-MXdZkP1featqxZ+/VTXWG1BVjM4OGBehVY2Q88EeUj/7L0UMeCGItmyPYTN+wxvlGJ6F66JEtzsw+GvQWewnag==",
    ),
  },
  node: {
    "linux-x86_64": node(
      "linux-x64",
      "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
    ),
    "linux-arm64": node(
      "linux-arm64",
      "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
    ),
  },
};
