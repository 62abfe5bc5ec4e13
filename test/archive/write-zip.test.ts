import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ChunkCache } from "../../archive/chunk-cache.ts";
import { skipWithReason } from "../support/requirement.ts";
import { writeZip, type ZipEntry } from "../../archive/write-zip.ts";

const run = promisify(execFile);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "write-zip-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** The same bytes in every run, neither empty nor all alike when deflated. */
function someBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let at = 0; at < length; at += 1) {
    state = Math.imul(state, 1103515245) + 12345;
    bytes[at] = (state >>> 16) & 0x3f;
  }
  return bytes;
}

const named = (...paths: string[]): ZipEntry[] =>
  paths.map((path) => ({ path, content: Buffer.from("x"), mode: 0o644 }));

const entries: readonly ZipEntry[] = [
  { path: "bootstrap", content: someBytes(300_000), mode: 0o755 },
  { path: "lib/data.json", content: Buffer.from('{"a":1}'), mode: 0o644 },
  { path: "lib/empty", content: Buffer.alloc(0), mode: 0o600 },
  { path: "Ümlaut.txt", content: Buffer.from("ü"), mode: 0o444 },
];

const fault = async (given: readonly ZipEntry[]) =>
  writeZip(join(folder, "out.zip"), given).then(
    () => "written",
    (error: unknown) => (error as { code: string }).code,
  );

describe("the same bytes", () => {
  test("in any time zone, under any umask, on any day of the files", async () => {
    const file = join(folder, "bootstrap");
    await writeFile(file, someBytes(200_000));
    const script = `
      import { writeZip } from ${JSON.stringify(new URL("../../archive/write-zip.ts", import.meta.url).href)};
      const [destination, fromFile, umask] = process.argv.slice(1);
      process.umask(parseInt(umask, 8));
      const content = Buffer.from("text");
      const { sha256 } = await writeZip(destination, [
        { path: "bootstrap", content: { fromFile }, mode: 0o755 }, { path: "a", content, mode: 0o644 }]);
      console.log(sha256);`;
    const hashIn = async (zone: string, umask: string) => {
      const options = { env: { ...process.env, TZ: zone } };
      const zip = join(folder, `${umask}.zip`);
      const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script, zip, file, umask], options);
      expect(stdout.trim()).toBe(
        createHash("sha256")
          .update(await readFile(zip))
          .digest("hex"),
      );
      return stdout.trim();
    };
    const first = await hashIn("UTC", "022");
    await chmod(file, 0o700);
    const others = [hashIn("Asia/Tokyo", "077"), hashIn("America/St_Johns", "000"), hashIn("Africa/Monrovia", "027")];
    expect(await Promise.all(others)).toEqual([first, first, first]);
  });

  test.for(["node22", "node26"])("under %s, whose zlib is another version", async (name, { skip }) => {
    const node = new URL(`../peers/node-versions/node_modules/${name}/bin/node`, import.meta.url).pathname;
    skipWithReason(
      skip,
      existsSync(node) ? undefined : `${node} is not there: npm --prefix test/peers/node-versions ci`,
    );
    const script = `
      import { writeZip } from ${JSON.stringify(new URL("../../dist/archive/write-zip.js", import.meta.url).href)};
      const [destination, fromFile] = process.argv.slice(1);
      console.log((await writeZip(destination, [{ path: "bootstrap", content: { fromFile }, mode: 0o755 }])).sha256);`;
    // Some of a real executable: several pieces of code and data.
    const file = join(folder, "bootstrap");
    await writeFile(file, (await readFile(process.execPath)).subarray(0, 12 << 20));
    const hashUnder = async (executable: string): Promise<string> => {
      const { stdout } = await run(executable, ["--input-type=module", "-e", script, join(folder, "out.zip"), file]);
      return stdout;
    };
    expect(await hashUnder(node)).toBe(await hashUnder(process.execPath));
  });

  test("in any order of the entries, from memory or from a file", async () => {
    const zip = join(folder, "out.zip");
    const first = await writeZip(zip, entries);
    expect(await writeZip(zip, entries.toReversed())).toEqual(first);
    const files = entries.map(async ({ path, content, mode }, index) => {
      const fromFile = join(folder, `${index}`);
      await writeFile(fromFile, content as Buffer);
      return { path, content: { fromFile }, mode };
    });
    expect(await writeZip(zip, await Promise.all(files))).toEqual(first);
    expect(await writeZip(zip, entries, { compressionLevel: 1 })).not.toEqual(first);
  });
});

test("size and hash are those of the file; nothing is left beside it", async () => {
  const zip = join(folder, "out.zip");
  const { sizeBytes, sha256 } = await writeZip(zip, entries);
  const bytes = await readFile(zip);
  expect({ sizeBytes, sha256 }).toEqual({
    sizeBytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  });
  expect(await readdir(folder)).toEqual(["out.zip"]);
});

test("the central directory: sorted, of Unix, 1980-01-01, modes kept, no extra field, no comment", async () => {
  const zip = join(folder, "out.zip");
  await writeZip(zip, entries);
  const bytes = await readFile(zip);
  let at = bytes.readUInt32LE(bytes.length - 22 + 16);
  const found: { path: string; mode: number; content: string }[] = [];
  while (bytes.readUInt32LE(at) === 0x02014b50) {
    expect(bytes[at + 5]).toBe(3);
    expect(bytes.readUInt32LE(at + 12)).toBe(0x00210000);
    expect(bytes.readUInt32LE(at + 30)).toBe(0);
    const path = bytes.toString("utf8", at + 46, at + 46 + bytes.readUInt16LE(at + 28));
    const data = bytes.readUInt32LE(at + 42) + 30 + bytes.readUInt16LE(at + 28);
    const packed = bytes.subarray(data, data + bytes.readUInt32LE(at + 20));
    const isStored = bytes.readUInt16LE(at + 10) === 0;
    const content = createHash("sha256")
      .update(isStored ? packed : inflateRawSync(packed))
      .digest("hex");
    found.push({ path, mode: bytes.readUInt32LE(at + 38) >>> 16, content });
    at += 46 + bytes.readUInt16LE(at + 28);
  }
  const expected = entries.map(({ path, mode, content }) => ({
    path,
    mode: 0o100000 | mode,
    content: createHash("sha256")
      .update(content as Buffer)
      .digest("hex"),
  }));
  expect(found).toEqual(expected);
});

describe("other programs read it", () => {
  const noPython = spawnSync("python3", ["--version"]).error ? " (skipped: python3 is not installed)" : "";
  test.skipIf(noPython !== "")(`python3${noPython}`, async () => {
    const zip = join(folder, "out.zip");
    await writeZip(zip, entries);
    const script = [
      "import sys, json, zipfile",
      "z = zipfile.ZipFile(sys.argv[1])",
      "assert z.testzip() is None",
      "print(json.dumps([[i.filename, i.file_size, i.external_attr >> 16 & 0o777, i.date_time] for i in z.infolist()]))",
    ].join("\n");
    const { stdout } = await run("python3", ["-c", script, zip]);
    const expected = entries.map(({ path, content, mode }) => [
      path,
      (content as Buffer).length,
      mode,
      [1980, 1, 1, 0, 0, 0],
    ]);
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  const noUnzip = spawnSync("unzip", ["-v"]).error ? " (skipped: unzip is not installed)" : "";
  test.skipIf(noUnzip !== "")(`unzip${noUnzip}`, async () => {
    const zip = join(folder, "out.zip");
    await writeZip(zip, entries, { compressionLevel: 0 });
    expect((await run("unzip", ["-t", zip])).stdout).toContain("No errors detected");
    await run("unzip", ["-q", zip, "bootstrap", "-d", join(folder, "unpacked")]);
    const unpacked = join(folder, "unpacked/bootstrap");
    expect((await stat(unpacked)).mode & 0o777).toBe(0o755);
    expect((await readFile(unpacked)).equals(someBytes(300_000))).toBe(true);
  });
});

describe("refused", () => {
  test.each(["", "/etc/passwd", "../up", "a/../../b", "a\\b", "C:/a", "a//b", "./a", "a/", "a/.", "nul\0", "\ud800"])(
    "the path %j",
    async (path) => {
      expect(await fault(named(path))).toBe("ENTRY_REFUSED");
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test("a path that is there twice, or inside another file; the message names archive and entry", async () => {
    expect(await fault(named("a", "b", "a"))).toBe("ENTRY_REFUSED");
    expect(await fault(named("a/b/c", "a-b", "a"))).toBe("ENTRY_REFUSED");
    expect(await fault(named("a", "A", "ab", "a.b"))).toBe("written");
    const zip = join(folder, "out.zip");
    await expect(writeZip(zip, named("a", "a"))).rejects.toThrow(`Writing ${zip}: the entry "a" is there twice`);
  });

  test("a folder as content", async () => {
    expect(await fault([{ path: "a", content: { fromFile: folder }, mode: 0o644 }])).toBe("ENTRY_REFUSED");
  });
});

describe("a failure leaves the previous archive and nothing else", () => {
  test("when a file cannot be read", async () => {
    const zip = join(folder, "out.zip");
    await writeFile(zip, "previous");
    const missing: ZipEntry = { path: "z", content: { fromFile: join(folder, "missing") }, mode: 0o644 };
    await expect(writeZip(zip, [...entries, missing])).rejects.toHaveProperty("code", "ENOENT");
    await expect(writeZip(zip, entries, { compressionLevel: 42 })).rejects.toThrow(RangeError);
    expect(await readdir(folder)).toEqual(["out.zip"]);
    expect(await readFile(zip, "utf8")).toBe("previous");
  });

  test("when the destination's folder is missing or the destination is a folder", async () => {
    await expect(writeZip(join(folder, "missing/out.zip"), entries)).rejects.toHaveProperty("code", "ENOENT");
    await mkdir(join(folder, "out.zip"));
    await expect(writeZip(join(folder, "out.zip"), entries)).rejects.toHaveProperty("syscall", "rename");
    expect(await readdir(folder)).toEqual(["out.zip"]);
  });

  test("when aborted before, at once and midway", async () => {
    const zip = join(folder, "out.zip");
    await writeFile(zip, "previous");
    const reason = new Error("called off");
    await expect(writeZip(zip, entries, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const atOnce = new AbortController();
    const first = writeZip(zip, entries, { signal: atOnce.signal });
    atOnce.abort(reason);
    await expect(first).rejects.toBe(reason);

    const source = join(folder, "source");
    await writeFile(source, someBytes(2_000_000));
    const many = Array.from({ length: 20 }, (_, at) => ({ path: `${at}`, content: { fromFile: source }, mode: 0o644 }));
    const midway = new AbortController();
    const second = writeZip(zip, many, { signal: midway.signal, compressionLevel: 9 });
    const refusal = expect(second).rejects.toBe(reason);
    while (!(await readdir(folder)).some((name) => name.endsWith(".partial"))) await setImmediate();
    midway.abort(reason);
    await refusal;
    expect((await readdir(folder)).toSorted()).toEqual(["out.zip", "source"]);
    expect(await readFile(zip, "utf8")).toBe("previous");
  });
});

describe("a cache of compressed pieces", () => {
  // Three pieces, of which the first two are shared.
  const big = (last: string): ZipEntry[] => [
    { path: "bootstrap", content: Buffer.concat([someBytes(2 << 20), Buffer.from(last)]), mode: 0o755 },
  ];
  const cached = async (): Promise<string[]> => {
    const [format = "", ...more] = await readdir(join(folder, "cache"));
    expect(more).toEqual([]);
    return (await readdir(join(folder, "cache", format))).map((name) => join(folder, "cache", format, name));
  };

  test("changes no byte: empty, full, damaged, of another content, unusable, or written by two at once", async () => {
    const cacheFolder = join(folder, "cache");
    const zip = join(folder, "out.zip");
    const expected = await writeZip(zip, big("a"));
    const both = [writeZip(zip, big("a"), { cacheFolder }), writeZip(join(folder, "2.zip"), big("a"), { cacheFolder })];
    expect(await Promise.all(both)).toEqual([expected, expected]);
    expect(await cached()).toHaveLength(3);
    expect(await writeZip(zip, big("a"), { cacheFolder })).toEqual(expected);
    await writeZip(zip, big("b"), { cacheFolder });
    expect(await cached(), "one piece differs").toHaveLength(4);
    const files = await cached();
    for (const [index, path] of files.entries()) {
      const piece = await readFile(path);
      const damage = [piece.subarray(0, -1), Buffer.from(piece).fill(7, 5), Buffer.alloc(0), Buffer.from("abc")];
      await writeFile(path, damage[index] as Buffer);
    }
    expect(await writeZip(zip, big("a"), { cacheFolder })).toEqual(expected);
    const unusable = join(folder, "file");
    await writeFile(unusable, "");
    expect(await writeZip(zip, big("a"), { cacheFolder: unusable })).toEqual(expected);
    expect(await writeZip(zip, big("a"), { cacheFolder, compressionLevel: 1 })).not.toEqual(expected);
  });

  test("is what is used", async () => {
    const cacheFolder = join(folder, "cache");
    const zip = join(folder, "out.zip");
    const piece = deflateRawSync(Buffer.from("from the cache"));
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(crc32(piece));
    const small: ZipEntry[] = [{ path: "a", content: Buffer.from("from the entry"), mode: 0o644 }];
    await writeZip(zip, small, { cacheFolder });
    const [path = ""] = await cached();
    await writeFile(path, Buffer.concat([checksum, piece]));
    await writeZip(zip, small, { cacheFolder });
    expect((await readFile(zip)).includes(piece)).toBe(true);
  });

  test("lets the oldest pieces go", async () => {
    const cache = new ChunkCache(join(folder, "cache"), 250);
    const make = (value: number) => cache.getOrMake([`${value}`], async () => Buffer.alloc(100, value));
    for (const [value, year] of [
      [1, 2002],
      [2, 2001],
      [3, 2003],
    ] as const) {
      await make(value);
      const fresh = (await Promise.all((await cached()).map(async (path) => ({ path, stats: await stat(path) })))).find(
        ({ stats }) => stats.mtime.getFullYear() > 2020,
      );
      await utimes(fresh?.path ?? "", new Date(year, 0), new Date(year, 0));
    }
    await cache.prune();
    const kept = await Promise.all((await cached()).map((path) => readFile(path)));
    expect(new Set(kept.map((content) => content.at(-1)))).toEqual(new Set([1, 3]));
  });
});

test("an executable of 110 MB is packed in less than 300 MB of memory", { timeout: 60_000 }, async () => {
  const script = `
    import { writeZip } from ${JSON.stringify(new URL("../../archive/write-zip.ts", import.meta.url).href)};
    const [destination, fromFile, cacheFolder] = process.argv.slice(1);
    await writeZip(destination, [{ path: "bootstrap", content: { fromFile }, mode: 0o755 }], { cacheFolder });
    console.log(process.resourceUsage().maxRSS / 1024);`;
  const file = join(folder, "bootstrap");
  await writeFile(file, "");
  for (let at = 0; at < 110; at += 10) await appendFile(file, someBytes(10 << 20));
  const args = ["--input-type=module", "-e", script, join(folder, "out.zip"), file, join(folder, "cache")];
  const { stdout } = await run(process.execPath, args);
  expect(Number(stdout)).toBeLessThan(300);
});
