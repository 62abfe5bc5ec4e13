/**
 * A registry of container images on a loopback port, with one image under any tag. Docker takes such an address without
 * TLS. Source: OCI Distribution Specification 1.1, "Pull".
 */
import { createHash, randomUUID } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { writeTar } from "../../archive/index.ts";

export interface ImageRegistry extends AsyncDisposable {
  /** Name of the image, such as `127.0.0.1:40001/base`. */
  readonly name: string;
  /** Of the image's manifest, `sha256:…`; changes with {@link ImageRegistry.publish}. */
  digest(): string;
  /** Requests so far, such as `GET manifests/1`. */
  readonly requests: string[];
  /** Puts another image in its place. */
  publish(): Promise<void>;
}

/** Answers the request for the layer in another way than with its bytes. */
type ServeLayer = (response: ServerResponse, layer: Buffer) => void;

/** Starts one whose image holds a file `/note`, another in each image: a daemon keeps layers by their content. */
export async function startImageRegistry(dockerArchitecture: string, serveLayer?: ServeLayer): Promise<ImageRegistry> {
  const blobs = new Map<string, Buffer>();
  let layerDigest = "";
  let digest = "";
  const add = (bytes: Buffer): { digest: string; size: number } => {
    const own = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    blobs.set(own, bytes);
    return { digest: own, size: bytes.length };
  };
  const publish = async (): Promise<void> => {
    const tar = await buffer(writeTar([{ path: "note", content: Buffer.from(randomUUID()), mode: 0o644 }]));
    const layer = add(gzipSync(tar));
    layerDigest = layer.digest;
    const configuration = {
      architecture: dockerArchitecture,
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: [`sha256:${createHash("sha256").update(tar).digest("hex")}`] },
    };
    const type = "application/vnd.docker.distribution.manifest.v2+json";
    const manifest = {
      schemaVersion: 2,
      mediaType: type,
      config: {
        mediaType: "application/vnd.docker.container.image.v1+json",
        ...add(Buffer.from(JSON.stringify(configuration))),
      },
      layers: [{ mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip", ...layer }],
    };
    ({ digest } = add(Buffer.from(JSON.stringify(manifest))));
  };
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const [, kind, reference = ""] = /\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? "") ?? [];
    requests.push(`${request.method} ${kind}/${reference}`);
    response.setHeader("Docker-Distribution-Api-Version", "registry/2.0");
    if (kind === undefined) return response.end("{}");
    const own = kind === "manifests" && !reference.startsWith("sha256:") ? digest : reference;
    const blob = blobs.get(own);
    if (blob === undefined) return response.writeHead(404).end("{}");
    if (own === layerDigest && serveLayer !== undefined) return serveLayer(response, blob);
    const type = kind === "blobs" ? "application/octet-stream" : "application/vnd.docker.distribution.manifest.v2+json";
    response.writeHead(200, { "Content-Type": type, "Content-Length": blob.length, "Docker-Content-Digest": own });
    return request.method === "HEAD" ? response.end() : response.end(blob);
  });
  await publish();
  await new Promise<void>((resolve) => void server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  return {
    name: `127.0.0.1:${(server.address() as AddressInfo).port}/base`,
    digest: () => digest,
    requests,
    publish,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
