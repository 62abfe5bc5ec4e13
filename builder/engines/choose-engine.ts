/** Which engine a platform gets, and which it cannot have. */
import type { PlatformFacts } from "../../images/platforms.ts";
import { BuilderError } from "../errors.ts";
import { bunEngine } from "./bun.ts";
import { enginePackages } from "./engine-packages.ts";
import type { Engine, EngineName } from "./engine.ts";
import { nativeEngine } from "./native.ts";
import { nativeEngineVersion } from "./native-crate.ts";
import { nodeEngine } from "./node.ts";

/** An engine of the version that is pinned for the platform. */
export type ChosenEngine = Engine & { readonly version: string };

const engines: Readonly<Record<EngineName, Engine>> = { bun: bunEngine, node: nodeEngine, native: nativeEngine };

/**
 * The engine asked for, or the platform's default: Bun for Amazon Linux 2, Node.js for Amazon Linux 2023.
 *
 * @throws BuilderError `BAD_OPTIONS` for an unknown name, `ENGINE_NOT_SUPPORTED` for Node.js on Amazon Linux 2
 */
export function chooseEngine(facts: PlatformFacts, name?: string): ChosenEngine {
  const isAl2 = facts.imageFolder === "al2";
  const chosen = name ?? (isAl2 ? "bun" : "node");
  if (!isEngineName(chosen)) {
    throw new BuilderError("BAD_OPTIONS", `"${chosen}" is not an engine`, { hint: "Engines: bun, node, native" });
  }
  if (isAl2 && chosen === "node") {
    const has = `${facts.platform} has ${facts.symbolVersions.GLIBC}`;
    throw new BuilderError("ENGINE_NOT_SUPPORTED", `Node.js needs glibc 2.28 and ${has}: it would not start`, {
      hint: `Use --engine bun, or --platform al2023-${facts.architecture}`,
    });
  }
  if (chosen === "native") return { ...engines.native, version: nativeEngineVersion() };
  const { version } = enginePackages[chosen][`linux-${facts.architecture}`] ?? { version: "unknown" };
  return { ...engines[chosen], version };
}

function isEngineName(name: string): name is EngineName {
  return Object.hasOwn(engines, name);
}
