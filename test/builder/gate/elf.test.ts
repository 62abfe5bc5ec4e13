import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { endianness, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ElfError, readElf, type ElfFacts } from "../../../builder/gate/elf.ts";

interface Image {
  readonly type?: number;
  readonly machine?: number;
  readonly interpreter?: string;
  /** Tag and string. */
  readonly dynamic?: readonly (readonly [tag: number, text: string])[];
  readonly versions?: readonly (readonly [library: string, version: string, flags: number])[];
}

const NEEDED = 1;
const RPATH = 15;
const RUNPATH = 29;
const base = 0x400000;

/** An ELF file as a linker would write it, without code. Tables in this order: headers, strings, versions, dynamic. */
function elfImage({ type = 3, machine = 62, interpreter, dynamic = [], versions = [] }: Image): Buffer {
  let strings = "\0";
  const indexOf = (text: string) => (strings += `${text}\0`).length - text.length - 1;
  const interpreterAt = interpreter === undefined ? 0 : indexOf(interpreter);
  const entries = dynamic.map(([tag, text]) => [tag, indexOf(text)] as const);
  const versionTable = versions.map(([library, version, flags], index) => {
    const need = Buffer.alloc(32);
    need.writeUInt16LE(1, 0);
    need.writeUInt16LE(1, 2);
    need.writeUInt32LE(indexOf(library), 4);
    need.writeUInt32LE(16, 8);
    need.writeUInt32LE(index === versions.length - 1 ? 0 : 32, 12);
    need.writeUInt16LE(flags, 20);
    need.writeUInt32LE(indexOf(version), 24);
    return need;
  });
  const stringsAt = 64 + 3 * 56;
  const versionsAt = stringsAt + strings.length;
  const dynamicAt = versionsAt + 32 * versions.length;
  const table = [...entries, [5, base + stringsAt], [10, strings.length]];
  if (versions.length > 0) table.push([0x6ffffffe, base + versionsAt], [0x6fffffff, versions.length]);
  const dynamicTable = words(...table.flat(), 0, 0);
  const size = dynamicAt + dynamicTable.length;

  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02\x01\x01", "latin1");
  header.writeUInt16LE(type, 16);
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(3, 56);
  const segments = [
    interpreter === undefined ? [0, 0, 0] : [3, stringsAt + interpreterAt, interpreter.length + 1],
    [1, 0, size],
    [2, dynamicAt, dynamicTable.length],
  ].map(([kind = 0, at = 0, length = 0]) => words(kind, at, base + at, base + at, length, length, 8));
  return Buffer.concat([header, ...segments, Buffer.from(strings, "latin1"), ...versionTable, dynamicTable]);
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 8);
  values.forEach((value, index) => buffer.writeBigUInt64LE(BigInt(value), index * 8));
  return buffer;
}

const typical: Image = {
  interpreter: "/lib64/ld-linux-x86-64.so.2",
  dynamic: [
    [NEEDED, "libm.so.6"],
    [NEEDED, "libc.so.6"],
    [RUNPATH, "$ORIGIN/lib:/opt/lib"],
  ],
  versions: [
    ["libm.so.6", "GLIBC_2.29", 0],
    ["libc.so.6", "GLIBC_2.9", 0],
    ["libc.so.6", "GLIBC_2.36", 2],
  ],
};

const codeOf = async (source: Parameters<typeof readElf>[0]) =>
  readElf(source).then(
    () => "accepted",
    (error: unknown) => (error instanceof ElfError ? error.code : error),
  );

function patched(image: Buffer, patch: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(image);
  patch(copy);
  return copy;
}

describe("readElf", () => {
  test("reads interpreter, libraries, search path and versions with their weak flag", async () => {
    expect(await readElf(elfImage(typical))).toEqual({
      class: 64,
      machine: 62,
      type: "DYN",
      interpreter: "/lib64/ld-linux-x86-64.so.2",
      needed: ["libm.so.6", "libc.so.6"],
      runpath: "$ORIGIN/lib:/opt/lib",
      versionNeeds: [
        { library: "libm.so.6", version: "GLIBC_2.29", weak: false },
        { library: "libc.so.6", version: "GLIBC_2.9", weak: false },
        { library: "libc.so.6", version: "GLIBC_2.36", weak: true },
      ],
    } satisfies ElfFacts);
  });

  test("a static executable has no interpreter and needs nothing", async () => {
    const facts = await readElf(elfImage({ type: 2, machine: 183 }));
    expect(facts).toEqual({ class: 64, machine: 183, type: "EXEC", needed: [], versionNeeds: [] });
  });

  test("DT_RUNPATH wins over DT_RPATH, as in ld.so", async () => {
    const rpath = [RPATH, "/old"] as const;
    expect((await readElf(elfImage({ dynamic: [rpath] }))).runpath).toBe("/old");
    expect((await readElf(elfImage({ dynamic: [[RUNPATH, "/new"], rpath] }))).runpath).toBe("/new");
  });

  test("an open file stays open", async () => {
    await using handle = await open(process.execPath);
    const first = await codeOf(handle);
    expect(await codeOf(handle)).toBe(first);
    expect((await handle.stat()).size).toBeGreaterThan(0);
  });

  test("a message begins with the path", async () => {
    const path = import.meta.filename;
    const error = await readElf(path).catch((each: unknown) => each);
    expect(error).toMatchObject({ code: "NOT_ELF" });
    expect((error as Error).message).toBe(`${path} is no ELF executable: it starts with 'import {'`);
    await expect(readElf(`${path}.missing`)).rejects.toMatchObject({ code: "ENOENT" });
  });

  const image = elfImage(typical);
  const loadSizeAt = 64 + 56 + 32;
  const dynamicAt = Number(image.readBigUInt64LE(64 + 2 * 56 + 8));
  const versionsAt = dynamicAt - 32 * 3;
  test.each([
    ["nothing", Buffer.alloc(0), "NOT_ELF"],
    ["a script", Buffer.from("#!/bin/sh\nexec node handler.js\n"), "NOT_ELF"],
    ["three bytes of the magic", image.subarray(0, 3), "NOT_ELF"],
    ["the magic alone", image.subarray(0, 4), "DAMAGED_ELF"],
    ["32-bit", patched(image, (copy) => copy.writeUInt8(1, 4)), "UNSUPPORTED_ELF"],
    ["big-endian", patched(image, (copy) => copy.writeUInt8(2, 5)), "UNSUPPORTED_ELF"],
    ["of class 7", patched(image, (copy) => copy.writeUInt8(7, 4)), "DAMAGED_ELF"],
    ["headers far outside", patched(image, (copy) => copy.fill(0xff, 32, 40)), "DAMAGED_ELF"],
    ["65,535 headers", patched(image, (copy) => copy.writeUInt16LE(0xffff, 56)), "DAMAGED_ELF"],
    ["headers of 0 bytes", patched(image, (copy) => copy.writeUInt16LE(0, 54)), "DAMAGED_ELF"],
    ["a segment of 2^64-1 bytes", patched(image, (copy) => copy.fill(0xff, loadSizeAt, loadSizeAt + 8)), "DAMAGED_ELF"],
    ["an interpreter without end", patched(image, (copy) => copy.writeBigUInt64LE(3n, 64 + 32)), "DAMAGED_ELF"],
    ["a dynamic section without end", patched(image, (copy) => copy.fill(1, image.length - 16)), "DAMAGED_ELF"],
    ["a name far outside", patched(image, (copy) => copy.fill(0xff, dynamicAt + 8, dynamicAt + 16)), "DAMAGED_ELF"],
    [
      "a version link that leaves",
      patched(image, (copy) => copy.fill(0xff, versionsAt + 12, versionsAt + 16)),
      "DAMAGED_ELF",
    ],
  ])("refuses a file: %s", async (_what, bytes, code) => {
    expect(await codeOf(bytes)).toBe(code);
  });

  test("a version table that would be read for ever ends at a limit", async () => {
    // Links of one byte through a long run of equal bytes: each step overlaps the last.
    const versions = Array.from({ length: 3000 }, () => ["libc.so.6", "GLIBC_2.9", 0] as const);
    const long = elfImage({ ...typical, versions });
    const at = Number(long.readBigUInt64LE(64 + 2 * 56 + 8)) - 32 * versions.length;
    const table = long.subarray(at, at + 32 * versions.length).fill(0);
    for (let entry = 0; entry + 16 <= table.length; entry += 4) table.writeUInt32LE(4, entry);
    await expect(readElf(long)).rejects.toThrow("more than 4096 entries");
  });

  test("only the ranges it needs are read: the file may be larger than memory", async () => {
    const folder = await mkdtemp(join(tmpdir(), "elf-"));
    try {
      const path = join(folder, "bootstrap");
      await writeFile(path, elfImage(typical));
      await truncate(path, 5 * 2 ** 30);
      expect((await readElf(path)).needed).toEqual(["libm.so.6", "libc.so.6"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("cut off after any byte, it is refused", async () => {
    for (let length = 0; length < image.length; length += 1) {
      expect(await codeOf(image.subarray(0, length)), `after ${length} bytes`).toBe(
        length < 4 ? "NOT_ELF" : "DAMAGED_ELF",
      );
    }
  });

  test("any one byte changed, it is read or refused", async () => {
    const random = randomNumbers(20261123);
    for (let at = 0; at < image.length; at += 1) {
      const change = (copy: Buffer) => copy.writeUInt8((copy.readUInt8(at) + 1 + random(255)) & 0xff, at);
      expect(knownCodes, `byte ${at}`).toContain(await codeOf(patched(image, change)));
    }
  });
});

const knownCodes: readonly unknown[] = ["accepted", "NOT_ELF", "UNSUPPORTED_ELF", "DAMAGED_ELF"];
const realElf = "/bin/ls";
const reason =
  process.platform !== "linux" || endianness() !== "LE" || !existsSync(realElf) || !isElf64(realElf)
    ? ` (skipped: needs a 64-bit little-endian Linux with the ELF file ${realElf})`
    : "";

describe.skipIf(reason !== "")(`readElf on a real file${reason}`, () => {
  const image = reason === "" ? readFileSync(realElf) : Buffer.alloc(0);

  test("cut off anywhere before its last segment ends, it is refused", async () => {
    const ends = segmentEnds(image);
    const last = Math.max(...ends);
    const cuts = [...Array(2048).keys(), ...ends.flatMap((end) => [end - 1, end, end + 1])];
    for (const cut of cuts.filter((each) => each < last)) {
      expect(await codeOf(image.subarray(0, cut)), `after ${cut} bytes`).not.toBe("accepted");
    }
    expect(await codeOf(image.subarray(0, last))).toBe("accepted");
  });

  test("with random bytes changed, it is read or refused", async () => {
    const random = randomNumbers(42);
    const dynamic = segmentsOf(image).find(({ type }) => type === 2);
    const regions = [
      { at: 0, length: 64 + 56 * image.readUInt16LE(56) },
      { at: dynamic?.offset ?? 0, length: dynamic?.fileBytes ?? 1 },
      { at: 0, length: 8192 },
    ];
    for (let round = 0; round < 3000; round += 1) {
      const copy = Buffer.from(image);
      const { at, length } = regions[round % regions.length] ?? { at: 0, length: 1 };
      for (let count = random(4); count >= 0; count -= 1) copy.writeUInt8(random(256), at + random(length));
      expect(knownCodes, `round ${round}`).toContain(await codeOf(copy));
    }
  });

  const readelfMissing = spawnSync("readelf", ["--version"]).error ? " (skipped: readelf is not installed)" : "";
  test.skipIf(readelfMissing !== "")(`agrees with readelf${readelfMissing}`, async () => {
    const options = { encoding: "utf8", env: { PATH: process.env["PATH"], LC_ALL: "C" }, maxBuffer: 2 ** 26 } as const;
    const text = execFileSync("readelf", ["-W", "-d", "-l", "-V", realElf], options);
    const facts = await readElf(realElf);
    expect(facts.needed).toEqual([...text.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((match) => match[1]));
    expect(facts.interpreter).toBe(/program interpreter: (.*)\]/.exec(text)?.[1]);
    const versions = [...text.matchAll(/Name: (\S+)\s+Flags: (.*?)\s+Version:/g)];
    expect(versions.length).toBeGreaterThan(0);
    expect(facts.versionNeeds.map(({ version }) => version)).toEqual(versions.map((match) => match[1]));
    expect(facts.versionNeeds.map(({ weak }) => weak)).toEqual(versions.map((match) => match[2]?.includes("WEAK")));
  });
});

function segmentsOf(image: Buffer): { type: number; offset: number; fileBytes: number }[] {
  const start = Number(image.readBigUInt64LE(32));
  return Array.from({ length: image.readUInt16LE(56) }, (_, index) => {
    const entry = image.subarray(start + index * 56);
    const [offset, fileBytes] = [Number(entry.readBigUInt64LE(8)), Number(entry.readBigUInt64LE(32))];
    return { type: entry.readUInt32LE(0), offset, fileBytes };
  });
}

function segmentEnds(image: Buffer): number[] {
  return segmentsOf(image).flatMap(({ type, offset, fileBytes }) => (type === 1 ? [offset + fileBytes] : []));
}

function isElf64(path: string): boolean {
  return readFileSync(path).toString("latin1", 0, 6) === "\x7fELF\x02\x01";
}

/** mulberry32: the same numbers in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) % below;
  };
}
