/** Base images from a registry, with a daemon of the test's own: the stand-ins of the other tests are never pulled. */
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ensureBaseImage } from "../../docker/base-image.ts";
import { findDaemon } from "../../docker/index.ts";
import { platforms } from "../../images/platforms.ts";

test("two architectures of one name, pulled at the same time, do not take each other's place", async () => {
  const folder = await mkdtemp(join(tmpdir(), "runtime-aws-lambda-docker-"));
  // As the classic image store has it: a name stands for one image, the last that was pulled.
  let named: string | undefined;
  const server = http.createServer((request, response) => {
    response.setHeader("Api-Version", "1.41").setHeader("Docker-Experimental", "false");
    const { pathname, searchParams } = new URL(request.url ?? "", "http://daemon");
    if (pathname === "/images/create") {
      named = searchParams.get("platform")?.split("/")[1];
      response.end(`${JSON.stringify({ status: "Pull complete" })}\n`);
    } else if (pathname.startsWith("/images/") && named === undefined) {
      response.writeHead(404).end('{"message":"No such image"}');
    } else if (pathname.startsWith("/images/")) {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ Id: `sha256:${named}`, Architecture: named }));
    } else {
      response.end("OK");
    }
  });
  const socket = join(folder, "docker.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    const daemon = await findDaemon({ dockerHost: `unix://${socket}`, environment: {} });
    const both = await Promise.all(
      (["al2-x86_64", "al2-arm64"] as const).map((platform) =>
        ensureBaseImage(daemon, { image: "amazonlinux:2", isChosen: false, facts: platforms[platform] }),
      ),
    );
    expect(both.map(({ imageId }) => imageId)).toEqual(["sha256:amd64", "sha256:arm64"]);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  }
});
