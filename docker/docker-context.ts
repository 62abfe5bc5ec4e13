/**
 * Contexts of the docker command line: which one is chosen, and what its files say. dockerode does not read them. The
 * layout of the files is docker/cli's (`cli/context/store`): contexts/meta/<sha256 of the name>/meta.json.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { readIfThere, readTlsFolder, type DaemonTls } from "./daemon-address.ts";

/** The endpoint of a context. */
export interface ContextEndpoint {
  readonly address: string;
  readonly tls?: DaemonTls;
}

/**
 * The name of the chosen context: DOCKER_CONTEXT, else `currentContext` of config.json. Undefined for none and for
 * `default`, which is no context but the default socket. A config.json that is not JSON counts as none, as for docker.
 */
export async function chosenContext(
  environment: Readonly<Record<string, string | undefined>>,
  configFolder: string,
): Promise<string | undefined> {
  const name = environment["DOCKER_CONTEXT"] || (await configuredContext(join(configFolder, "config.json")));
  return name === "default" ? undefined : name;
}

/**
 * Reads the endpoint of a context, and its certificates.
 * @throws {Error} when its meta.json is missing, cannot be read, or names no Docker endpoint; the message is the reason.
 */
export async function readContext(name: string, configFolder: string): Promise<ContextEndpoint> {
  const folder = createHash("sha256").update(name).digest("hex");
  const path = join(configFolder, "contexts", "meta", folder, "meta.json");
  const content = await readIfThere(path);
  if (content === undefined) {
    throw new Error(`there is no such context: ${path} does not exist`);
  }
  const endpoint = (parse(content) as ContextFile | undefined)?.Endpoints?.docker;
  if (typeof endpoint?.Host !== "string" || endpoint.Host === "") {
    throw new Error(`the context names no Docker endpoint in ${path}`);
  }
  const files = await readTlsFolder(join(configFolder, "contexts", "tls", folder, "docker"));
  const tls = endpoint.SkipTLSVerify === true ? { ...files, rejectUnauthorized: false } : files;
  return { address: endpoint.Host, ...(Object.keys(tls).length > 0 && { tls }) };
}

interface ContextFile {
  readonly Endpoints?: { readonly docker?: { readonly Host?: unknown; readonly SkipTLSVerify?: unknown } };
}

async function configuredContext(path: string): Promise<string | undefined> {
  const content = await readIfThere(path);
  const config =
    content === undefined ? undefined : (parse(content) as { currentContext?: unknown } | null | undefined);
  return typeof config?.currentContext === "string" && config.currentContext !== "" ? config.currentContext : undefined;
}

function parse(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString());
  } catch {
    return undefined;
  }
}
