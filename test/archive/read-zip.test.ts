import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ArchiveError } from "../../archive/errors.ts";
import { extractZip } from "../../archive/read-zip.ts";
import { writeZip } from "../../archive/write-zip.ts";

let folder: string;
let zipPath: string;
let destination: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "read-zip-"));
  zipPath = join(folder, "function.zip");
  destination = join(folder, "task");
  await mkdir(destination);
});
afterEach(() => rm(folder, { recursive: true }));

/** One entry of a zip archive made by hand; everything can be wrong. */
interface HandMade {
  readonly name: string;
  readonly content?: Buffer;
  /** Upper half of the external attributes. */
  readonly mode?: number;
  /** "Version made by": 3 is Unix, 0 is MS-DOS. */
  readonly host?: number;
  readonly flags?: number;
  /** Compression method written down; the bytes are deflated for 8, else stored. */
  readonly method?: number;
  readonly declaredBytes?: number;
  readonly checksum?: number;
}

function handMadeZip(entries: readonly HandMade[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { content = Buffer.from("content\n"), mode = 0o100644, host = 3, flags = 0x800, method = 8 } = entry;
    const packed = method === 8 ? deflateRawSync(content) : content;
    const name = Buffer.from(entry.name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(entry.checksum ?? crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(entry.declaredBytes ?? content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 63, host]), fields, tail, name);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, name, packed]);
    parts.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** What comes of it; whatever fails must leave the destination empty. */
async function outcome(bytes: Buffer, options: { maxUnzippedBytes?: number } = {}): Promise<string> {
  await writeFile(zipPath, bytes);
  try {
    await extractZip(zipPath, destination, options);
    return "unpacked";
  } catch (error) {
    expect(await readdir(destination)).toEqual([]);
    if (!(error instanceof ArchiveError)) throw error;
    return `${error.code} ${error.message.replace(`Unpacking ${zipPath}: `, "")}`;
  }
}

const modeOf = async (path: string) => (await stat(join(destination, path))).mode & 0o777;

describe("unpacks", () => {
  test("what writeZip wrote, with modes whatever the umask is", async () => {
    const executable = Buffer.alloc(300_000, "executable");
    await writeZip(zipPath, [
      { path: "bootstrap", content: executable, mode: 0o755 },
      { path: "lib/deep/data", content: Buffer.from("data"), mode: 0o666 },
      { path: "lib/empty", content: Buffer.alloc(0), mode: 0o400 },
    ]);
    const fresh = join(folder, "not/yet/there");
    const files = ["bootstrap", "lib/deep/data", "lib/empty"];
    expect(await extractZip(zipPath, fresh)).toEqual({ files, unzippedBytes: 300_004 });
    expect((await readFile(join(fresh, "bootstrap"))).equals(executable)).toBe(true);
    expect(await readFile(join(fresh, "lib/deep/data"), "utf8")).toBe("data");
    const modes = files.map(async (path) => (await stat(join(fresh, path))).mode & 0o777);
    expect(await Promise.all(modes)).toEqual([0o755, 0o666, 0o400]);
  });

  test("folders, stored files, dots in paths and archives without permission bits", async () => {
    const zip = handMadeZip([
      { name: "./bootstrap", mode: 0o104755 },
      { name: "empty/", content: Buffer.alloc(0), mode: 0o040755 },
      { name: "a//b", method: 0 },
      { name: "from-dos", host: 0, mode: 0o100755 },
      { name: "from-java", mode: 0 },
      { name: "from-macos", host: 19, mode: 0o100700 },
      { name: "no-bytes", content: Buffer.alloc(0), method: 0 },
    ]);
    expect(await outcome(zip)).toBe("unpacked");
    expect(await readdir(join(destination, "empty"))).toEqual([]);
    expect(await readFile(join(destination, "a/b"), "utf8")).toBe("content\n");
    const paths = ["bootstrap", "from-dos", "from-java", "from-macos"];
    expect(await Promise.all(paths.map(modeOf))).toEqual([0o755, 0o644, 0o644, 0o700]);
  });

  const noZip = spawnSync("zip", ["-v"]).error ? " (skipped: zip is not installed)" : "";
  test.skipIf(noZip !== "")(`what Info-ZIP wrote, and refuses its links${noZip}`, async () => {
    const source = join(folder, "source");
    await mkdir(join(source, "sub"), { recursive: true });
    await writeFile(join(source, "bootstrap"), "#!/bin/sh\n", { mode: 0o755 });
    await writeFile(join(source, "sub/a"), "a");
    expect(spawnSync("zip", ["-qr", zipPath, "."], { cwd: source }).status).toBe(0);
    await extractZip(zipPath, destination);
    expect(await modeOf("bootstrap")).toBe(0o755);
    spawnSync("ln", ["-s", "/etc/passwd", join(source, "link")]);
    expect(spawnSync("zip", ["-qry", zipPath, "link"], { cwd: source }).status).toBe(0);
    await expect(extractZip(zipPath, join(folder, "other"))).rejects.toMatchObject({ code: "ENTRY_REFUSED" });
    expect(await readdir(folder)).not.toContain("other");
  });

  test("many files, without a warning about listeners", async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error) => warnings.push(warning);
    process.on("warning", listener);
    expect(await outcome(handMadeZip(Array.from({ length: 50 }, (_, at) => ({ name: `files/${at}` }))))).toBe(
      "unpacked",
    );
    process.off("warning", listener);
    expect(warnings).toEqual([]);
  });
});

describe("refuses an entry, by its name", () => {
  const good: HandMade = { name: "bootstrap" };
  test.each<[HandMade, string]>([
    [{ name: "../up" }, "leaves the folder it is unpacked to"],
    [{ name: "a/../../up" }, "leaves the folder it is unpacked to"],
    [{ name: "/etc/passwd" }, "is absolute"],
    [{ name: "C:/windows" }, "is absolute"],
    [{ name: "a\\..\\b" }, "contains a backslash; paths in an archive are separated by /"],
    [{ name: "nul\0byte" }, "contains a NUL character"],
    [{ name: "" }, "is empty"],
    [{ name: "." }, "names no file"],
    [{ name: "bootstrap" }, "is there twice"],
    [{ name: "bootstrap/inside" }, "has the place of another file or folder"],
    [{ name: "bootstrap/" }, "has the place of another file or folder"],
    [{ name: "x".repeat(300) }, "has a name too long for this file system"],
    [{ name: "link", mode: 0o120777 }, "is a link or another special file"],
    [{ name: "link", mode: 0o120777, host: 0 }, "is a link or another special file"],
    [{ name: "fifo", mode: 0o010644 }, "is a link or another special file"],
    [{ name: "device", mode: 0o020644 }, "is a link or another special file"],
    [{ name: "secret", flags: 0x801 }, "is encrypted"],
    [{ name: "modern", method: 93 }, "has the unknown compression method 93"],
    [{ name: "lying", content: Buffer.alloc(2_000_000), declaredBytes: 10 }, "has more than the 10 bytes it declares"],
  ])("%o", async (entry, fault) => {
    expect(await outcome(handMadeZip([good, entry]))).toBe(
      `ENTRY_REFUSED the entry ${JSON.stringify(entry.name.replace(/\/$/, ""))} ${fault}`,
    );
  });

  test("when it brings more bytes than allowed, together with the others", async () => {
    const files = ["a", "b", "c"].map((name) => ({ name, content: Buffer.alloc(1_000_000) }));
    expect(await outcome(handMadeZip(files), { maxUnzippedBytes: 2_999_999 })).toBe(
      'ENTRY_REFUSED the entry "c" brings the files to 3000000 bytes; 2999999 are allowed',
    );
    expect(await outcome(handMadeZip([{ name: "bomb", declaredBytes: 262_144_001 }]))).toContain("ENTRY_REFUSED");
    expect(await outcome(handMadeZip(files), { maxUnzippedBytes: 3_000_000 })).toBe("unpacked");
  });

  test("what was in the folder before stays, and is never overwritten", async () => {
    await mkdir(join(destination, "etc"));
    await writeFile(join(destination, "etc/mine"), "mine");
    await writeFile(zipPath, handMadeZip([{ name: "new/a" }, { name: "etc/mine" }]));
    await expect(extractZip(zipPath, destination)).rejects.toMatchObject({ code: "ENTRY_REFUSED" });
    expect(await readdir(destination)).toEqual(["etc"]);
    expect(await readFile(join(destination, "etc/mine"), "utf8")).toBe("mine");
  });
});

describe("refuses a bad archive, saying what it found", () => {
  const good = handMadeZip([{ name: "bootstrap", content: Buffer.alloc(4000, "abcdefg") }, { name: "b" }]);
  test.each([
    [Buffer.alloc(0), "BAD_ARCHIVE it is not a zip archive: it is empty"],
    [Buffer.from("\x7fELF\x02\x01\x01\0", "latin1"), "BAD_ARCHIVE it is not a zip archive: it starts with '\\x7FELF"],
    [Buffer.from("<html>not found</html>"), "BAD_ARCHIVE it is not a zip archive: it starts with '<html>no'"],
    [handMadeZip([]), "BAD_ARCHIVE it holds no files"],
    [handMadeZip([{ name: "only/", mode: 0o040755 }]), "BAD_ARCHIVE it holds no files"],
    [good.subarray(0, good.length - 1), "BAD_ARCHIVE it is damaged or cut off: "],
    [handMadeZip([{ name: "a", checksum: 1 }]), 'BAD_ARCHIVE the entry "a" is damaged: '],
    [handMadeZip([{ name: "a", declaredBytes: 999 }]), 'BAD_ARCHIVE the entry "a" is damaged: '],
    [handMadeZip([{ name: "a", method: 0, declaredBytes: 999 }]), 'BAD_ARCHIVE the entry "a" is damaged: '],
  ])("%#", async (bytes, message) => {
    const found = await outcome(bytes);
    expect(found.slice(0, message.length)).toBe(message);
  });

  test("an offset beyond 2^53, which would end the process in yauzl's own reader", async () => {
    const locator = Buffer.alloc(20, 0xff);
    locator.writeUInt32LE(0x07064b50);
    const end = Buffer.alloc(22);
    end.write("PK\x05\x06");
    expect(await outcome(Buffer.concat([Buffer.from("PK"), locator, end]))).toContain("BAD_ARCHIVE");
  });

  test("cut off after any byte", async () => {
    for (let length = 0; length < good.length; length += 1) {
      expect(await outcome(good.subarray(0, length)), `after ${length} bytes`).toContain("BAD_ARCHIVE");
    }
  });

  test("any byte changed: it is unpacked or refused, and never leaves the folder", async () => {
    const left = await readdir(folder);
    for (let at = 0; at < good.length; at += 1) {
      for (const bits of [0x01, 0x80, 0xff]) {
        const copy = Buffer.from(good);
        copy.writeUInt8(copy.readUInt8(at) ^ bits, at);
        const found = await outcome(copy);
        expect(found, `byte ${at}`).toMatch(/^(unpacked|BAD_ARCHIVE|ENTRY_REFUSED)/);
        await Promise.all((await readdir(destination)).map((name) => rm(join(destination, name), { recursive: true })));
      }
    }
    expect(new Set(await readdir(folder))).toEqual(new Set([...left, "function.zip"]));
    expect(await readdir(dirname(folder))).not.toContain("bootstrap");
  });

  test("a missing archive is node's error", async () => {
    await expect(extractZip(join(folder, "missing.zip"), destination)).rejects.toHaveProperty("code", "ENOENT");
    await expect(extractZip(folder, destination)).rejects.toHaveProperty("code", "EISDIR");
  });
});
