/** Daemons of several machines, played by servers on sockets that say what Docker says of itself. */
import http from "node:http";
import { join } from "node:path";
import { expect } from "vitest";
import { findNativeDaemon } from "../../docker/index.ts";
import { test } from "../support/temporary-folder.ts";

interface Machine extends AsyncDisposable {
  readonly address: string;
}

async function machine(folder: string, architecture: string): Promise<Machine> {
  const server = http.createServer((request, response) => {
    const answers: Readonly<Record<string, object>> = {
      "/version": { Version: "27.0", Components: [{ Name: "Engine" }] },
      "/info": { Architecture: architecture, OperatingSystem: "Linux", SecurityOptions: [] },
    };
    response.setHeader("Content-Type", "application/json");
    // What tells a daemon from any other server.
    response.setHeader("Api-Version", "1.41");
    response.setHeader("Connection", "close");
    response.end(JSON.stringify(answers[request.url ?? ""] ?? "OK"));
  });
  const path = join(folder, `${architecture}.sock`);
  await new Promise<void>((listening) => server.listen(path, listening));
  return {
    address: `unix://${path}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

test("takes the daemon of the architecture, else the first", async ({ folder }) => {
  await using x86 = await machine(folder, "x86_64");
  await using arm = await machine(folder, "aarch64");
  const options = { environment: {} };
  await expect(findNativeDaemon("arm64", [x86.address, arm.address], options)).resolves.toMatchObject({
    address: arm.address,
  });
  await expect(findNativeDaemon("x86_64", [arm.address, x86.address], options)).resolves.toMatchObject({
    address: x86.address,
  });
  await expect(findNativeDaemon("arm64", [x86.address], options)).resolves.toMatchObject({ address: x86.address });
});

test("a daemon that was named and does not answer is an error, whatever the others are", async ({ folder }) => {
  await using arm = await machine(folder, "aarch64");
  const gone = `unix://${join(folder, "gone.sock")}`;
  await expect(findNativeDaemon("arm64", [arm.address, gone], { environment: {} })).rejects.toMatchObject({
    code: "DOCKER_UNREACHABLE",
    attempts: [{ address: gone }],
  });
});
