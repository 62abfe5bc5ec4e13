/** Tar archives, written and read. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { extractFileFromTarball, extractTarFile, writeTar, type TarEntry } from "../../archive/index.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tar-archive-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const entries: readonly TarEntry[] = [
  { path: "package/package.json", content: Buffer.from("{}"), mode: 0o644 },
  { path: "package/bin/bun", content: Buffer.alloc(300_000, "machine code"), mode: 0o755 },
  { path: "package/after", content: Buffer.from("x"), mode: 0o600 },
];

async function tarball(name: string, change: (bytes: Buffer) => Buffer = (bytes) => bytes): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, change(gzipSync(await buffer(writeTar(entries)))));
  return path;
}

test("equal entries make equal bytes, from memory or from files", async () => {
  const file = join(folder, "content");
  await writeFile(file, entries[1]?.content as Buffer);
  const fromFiles = entries.map((entry, index) => (index === 1 ? { ...entry, content: { fromFile: file } } : entry));
  const bytes = await buffer(writeTar(entries));
  expect(bytes.equals(await buffer(writeTar(fromFiles)))).toBe(true);
});

test("another program reads what is written: names, modes, owner, time, content", async () => {
  const path = join(folder, "a.tar");
  const empty = join(folder, "empty");
  await writeFile(empty, "");
  const more = [...entries, { path: "/absolute/empty", content: { fromFile: empty }, mode: 0o640 }];
  await writeFile(path, await buffer(writeTar(more)));
  const list = execFileSync("tar", ["--numeric-owner", "--utc", "-tvf", path], { encoding: "utf8" });
  expect(
    list
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/)),
  ).toEqual([
    ["-rw-r--r--", "0/0", "2", "1970-01-01", "00:00", "package/package.json"],
    ["-rwxr-xr-x", "0/0", "300000", "1970-01-01", "00:00", "package/bin/bun"],
    ["-rw-------", "0/0", "1", "1970-01-01", "00:00", "package/after"],
    ["-rw-r-----", "0/0", "0", "1970-01-01", "00:00", "absolute/empty"],
  ]);
  const content = execFileSync("tar", ["-xOf", path, "package/bin/bun"]);
  expect(content.equals(entries[1]?.content as Buffer)).toBe(true);
});

test("a file that cannot be read destroys the stream with node's error", async () => {
  const content = { fromFile: join(folder, "missing") };
  await expect(buffer(writeTar([{ path: "a", content, mode: 0o644 }]))).rejects.toMatchObject({ code: "ENOENT" });
});

test("an archive that nobody reads to its end can be destroyed", async () => {
  const file = join(folder, "large");
  await writeFile(file, Buffer.alloc(5_000_000));
  const archive = writeTar([{ path: "a", content: { fromFile: file }, mode: 0o644 }]);
  await new Promise((readable) => archive.once("data", readable));
  archive.destroy();
  await new Promise((closed) => archive.once("close", closed));
});

test("unpacks one file of a tarball with its mode, and nothing else", async () => {
  const path = await tarball("a.tgz");
  const destination = join(folder, "bun");
  await extractFileFromTarball(path, "package/bin/bun", destination);
  expect((await readFile(destination)).equals(entries[1]?.content as Buffer)).toBe(true);
  expect((await stat(destination)).mode & 0o777).toBe(0o755);
  expect((await readdir(folder)).toSorted()).toEqual(["a.tgz", "bun"]);
});

test("replaces what is there only when all is well", async () => {
  const destination = join(folder, "bun");
  await writeFile(destination, "old");
  const cut = await tarball("cut.tgz", (bytes) => bytes.subarray(0, bytes.length / 2));
  await expect(extractFileFromTarball(cut, "package/bin/bun", destination)).rejects.toThrow();
  expect(await readFile(destination, "utf8")).toBe("old");
  await extractFileFromTarball(await tarball("good.tgz"), "package/bin/bun", destination);
  expect((await stat(destination)).size).toBe(300_000);
});

test.each([
  ["cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ["no gzip", () => Buffer.from("<html>not found</html>")],
  ["empty", () => Buffer.alloc(0)],
  ["gzip of garbage", () => gzipSync(Buffer.alloc(2000, "garbage "))],
  ["gzip of half a tar", () => gzipSync(Buffer.from("package/package.json"))],
] as const)("a damaged tarball is a bad archive or lacks the entry: %s", async (name, change) => {
  const path = await tarball("bad.tgz", change);
  const unpacking = extractFileFromTarball(path, "package/bin/bun", join(folder, "bun"));
  await expect(unpacking).rejects.toMatchObject({
    name: "ArchiveError",
    code: "BAD_ARCHIVE",
    hint: expect.any(String) as string,
    cause: expect.any(Error) as Error,
    message: expect.stringContaining(path) as string,
  });
  expect(await readdir(folder), name).toEqual(["bad.tgz"]);
});

test("an entry that is not there, and a tarball that is not there", async () => {
  const path = await tarball("a.tgz");
  const missing = extractFileFromTarball(path, "package/bin/node", join(folder, "node"));
  await expect(missing).rejects.toMatchObject({ code: "ENTRY_NOT_FOUND" });
  const nowhere = extractFileFromTarball(join(folder, "none.tgz"), "a", join(folder, "a"));
  await expect(nowhere).rejects.toMatchObject({ code: "ENOENT" });
});

test("links and folders are refused", async () => {
  execFileSync("ln", ["-s", "/etc/passwd", join(folder, "link")]);
  const archive = execFileSync("tar", ["-cf", "-", "-C", folder, "link"]);
  const destination = join(folder, "out");
  const taking = extractTarFile(Readable.from([archive]), { path: "link", destination });
  await expect(taking).rejects.toMatchObject({ code: "ENTRY_REFUSED" });
});

test("a destination that cannot be written is node's error, and a failing source its own", async () => {
  const destination = join(folder, "no/such/folder/a");
  const writing = extractTarFile(writeTar(entries), { path: "package/after", destination });
  await expect(writing).rejects.toMatchObject({ code: "ENOENT" });
  const failure = Object.assign(new Error("reset"), { code: "ECONNRESET" });
  const source = Readable.from(
    (async function* () {
      yield (await buffer(writeTar(entries))).subarray(0, 2000);
      throw failure;
    })(),
  );
  const reading = extractTarFile(source, { path: "package/bin/bun", destination: join(folder, "bun") });
  await expect(reading).rejects.toBe(failure);
});
