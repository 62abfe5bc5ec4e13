/** What `clearCache` may touch, with daemons of the test's own: the real one holds the images of everybody else. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { expect } from "vitest";
import { clearCache } from "../../builder/index.ts";
import { test } from "../support/temporary-folder.ts";

function fillCache(folder: string): string {
  const cacheFolder = join(folder, "cache");
  mkdirSync(join(cacheFolder, "engines-v1"), { recursive: true });
  mkdirSync(join(cacheFolder, "mine"));
  writeFileSync(join(cacheFolder, "engines-v1/bun"), Buffer.alloc(1000));
  writeFileSync(join(cacheFolder, "mine/notes"), "somebody else's");
  writeFileSync(join(cacheFolder, "README.md"), "somebody else's");
  return cacheFolder;
}

test("what else lies in the cache folder is left alone", async ({ folder }) => {
  const cacheFolder = fillCache(folder);
  const cleared = await clearCache({ cacheFolder, environment: { DOCKER_HOST: `unix://${folder}/none.sock` } });
  expect(cleared).toEqual([
    { kind: "folder", name: join(cacheFolder, "engines-v1"), sizeBytes: 1000, isRemoved: true },
  ]);
  expect(readdirSync(cacheFolder).toSorted()).toEqual(["README.md", "mine"]);
});

test("where a daemon that was named does not answer, nothing is removed", async ({ folder }) => {
  const cacheFolder = fillCache(folder);
  const dockerHosts = [`unix://${folder}/none.sock`];
  await expect(clearCache({ cacheFolder, dockerHosts })).rejects.toMatchObject({ code: "DOCKER_UNREACHABLE" });
  expect(readdirSync(cacheFolder)).toContain("engines-v1");
});

test("all daemons that were named are cleared, of what is ours", async ({ folder }) => {
  const removed: string[] = [];
  const servers = ["a", "b"].map((daemon) => {
    const server = http.createServer((request, response) => {
      response.setHeader("Api-Version", "1.41").setHeader("Content-Type", "application/json");
      response.setHeader("Docker-Experimental", "false");
      const { pathname } = new URL(request.url ?? "", "http://daemon");
      const UsageData = { Size: 5, RefCount: 0 };
      const volumes = ["runtime-aws-lambda-go", "database"].map((Name) => ({ Name, Labels: null, UsageData }));
      if (request.method === "DELETE") {
        removed.push(`${daemon} ${pathname}`);
        response.writeHead(204).end();
      } else if (pathname === "/system/df") {
        response.end(JSON.stringify({ LayersSize: 0, Images: [], Containers: [], Volumes: volumes }));
      } else if (pathname === "/volumes") {
        response.end(JSON.stringify({ Volumes: volumes, Warnings: null }));
      } else {
        response.end(pathname === "/images/json" ? "[]" : "OK");
      }
    });
    return { server, socket: join(folder, `${daemon}.sock`) };
  });
  await Promise.all(
    servers.map(({ server, socket }) => new Promise<void>((resolve) => server.listen(socket, resolve))),
  );
  try {
    const dockerHosts = servers.map(({ socket }) => `unix://${socket}`);
    const cleared = await clearCache({ cacheFolder: join(folder, "cache"), dockerHosts });
    const volume = { kind: "volume", name: "runtime-aws-lambda-go", sizeBytes: 5, isRemoved: true };
    expect(cleared).toEqual([volume, volume]);
    expect(removed).toEqual(["a /volumes/runtime-aws-lambda-go", "b /volumes/runtime-aws-lambda-go"]);
  } finally {
    for (const { server } of servers) {
      server.closeAllConnections();
      server.close();
    }
  }
});
