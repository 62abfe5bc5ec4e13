/** What writeZip refuses because a zip archive cannot hold it, and what the file system does to it midway. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { open, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { writeZip, type ZipEntry } from "../../archive/write-zip.ts";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";
import { test } from "../support/temporary-folder.ts";

const run = promisify(execFile);
const content = Buffer.from("x");

const fromFile = (path: string, file: string): ZipEntry => ({ path, content: { fromFile: file }, mode: 0o644 });

describe("refused before a byte is written", () => {
  test("a name of more than 65,535 bytes of UTF-8", async ({ folder }) => {
    const zip = join(folder, "out.zip");
    await writeZip(zip, [{ path: "ü".repeat(32_767), content, mode: 0o644 }]);
    const refusal = writeZip(zip, [{ path: "ü".repeat(32_768), content, mode: 0o644 }]);
    await expect(refusal).rejects.toMatchObject({ code: "ENTRY_REFUSED" });
    await expect(refusal).rejects.toThrow("has a name of 65536 bytes");
    expect(await readdir(folder)).toEqual(["out.zip"]);
  });

  test("more than 65,534 entries", async ({ folder }) => {
    const entries = Array.from({ length: 65_535 }, (_, at) => ({ path: `${at}`, content, mode: 0o644 }));
    const zip = join(folder, "out.zip");
    await expect(writeZip(zip, entries)).rejects.toMatchObject({ code: "ENTRY_REFUSED" });
    expect(await readdir(folder)).toEqual([]);
  });

  test("a file of 4 GiB", async ({ folder }) => {
    const file = join(folder, "sparse");
    const handle = await open(file, "w");
    await handle.truncate(2 ** 32 - 1);
    await handle.close();
    const zip = join(folder, "out.zip");
    await expect(writeZip(zip, [fromFile("sparse", file)])).rejects.toThrow('"sparse" has more than 4 GiB');
    expect(await readdir(folder)).toEqual(["sparse"]);
  });

  test("a pipe, which nobody would ever write to, and a device", async ({ folder, skip }) => {
    skipWithReason(skip, whyNoProgram("mkfifo", "--version"));
    const pipe = join(folder, "pipe");
    spawnSync("mkfifo", [pipe]);
    for (const special of [pipe, "/dev/zero"]) {
      const refusal = writeZip(join(folder, "out.zip"), [fromFile("a", special)]);
      await expect(refusal).rejects.toThrow(`comes from ${special}, which is no regular file`);
    }
    expect(await readdir(folder)).toEqual(["pipe"]);
  });
});

describe("a file that has another size than the file system says", () => {
  // Files of the kernel: regular ones, whose size is a guess.
  test.for([
    ["less", "/sys/kernel/uevent_seqnum"],
    ["more", "/proc/self/status"],
  ])("%s", async ([, file = ""], { folder, skip }) => {
    skipWithReason(skip, existsSync(file) ? undefined : `${file} is not there`);
    const refusal = writeZip(join(folder, "out.zip"), [fromFile("a", file)]);
    await expect(refusal).rejects.toMatchObject({ code: "ENTRY_REFUSED" });
    await expect(refusal).rejects.toThrow(`comes from ${file}, which changed while it was read`);
    expect(await readdir(folder)).toEqual([]);
  });
});

test("a disk that takes a part of the last write only", async ({ folder, skip }) => {
  skipWithReason(skip, whyNoProgram("bash", "--version"));
  // The limit of 4 KiB lies in the central directory: each name is there a second time.
  const script = `
    import { writeZip } from ${JSON.stringify(new URL("../../archive/write-zip.ts", import.meta.url).href)};
    const entries = Array.from({ length: 30 }, (_, at) => ({
      path: String(at).padStart(40, "0"), content: Buffer.from("x"), mode: 0o644 }));
    await writeZip(process.argv[1], entries).then(
      () => console.log("written"), ({ code, message }) => console.log(code, message));`;
  const zip = join(folder, "out.zip");
  await writeFile(zip, "previous");
  const command = [
    "-c",
    'ulimit -f 4 && exec "$@"',
    "bash",
    process.execPath,
    "--input-type=module",
    "-e",
    script,
    zip,
  ];
  const { stdout } = await run("bash", command);
  expect(stdout).toContain("EFBIG");
  expect(stdout).toContain(`Writing ${zip}: `);
  expect(await readdir(folder)).toEqual(["out.zip"]);
});
