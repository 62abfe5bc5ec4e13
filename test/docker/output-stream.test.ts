/** Docker's multiplexed output, and the tail that is kept of it. */
import { expect, test } from "vitest";
import { LogTail } from "../../process/index.ts";
import { outputChunks } from "../../docker/output-stream.ts";

function frame(stream: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function read(chunks: readonly Buffer[]): Promise<{ stdout: string; stderr: string }> {
  const bytes = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  for await (const { stream, chunk } of outputChunks(chunks as unknown as AsyncIterable<Buffer>)) {
    bytes[stream].push(chunk);
  }
  return { stdout: Buffer.concat(bytes.stdout).toString(), stderr: Buffer.concat(bytes.stderr).toString() };
}

test("takes frames apart at every possible cut", async () => {
  const all = Buffer.concat([frame(1, "grün\n"), frame(2, "oh"), frame(1, ""), frame(2, " no\n"), frame(1, "✓")]);
  const expected = { stdout: "grün\n✓", stderr: "oh no\n" };
  for (let cut = 0; cut <= all.length; cut += 1) {
    expect(await read([all.subarray(0, cut), all.subarray(cut)])).toEqual(expected);
  }
  expect(await read(Array.from(all, (byte) => Buffer.of(byte)))).toEqual(expected);
});

test("a cut-off frame ends without complaint", async () => {
  const cut = frame(1, "hello").subarray(0, 10);
  expect(await read([cut])).toEqual({ stdout: "he", stderr: "" });
  expect(await read([cut.subarray(0, 3)])).toEqual({ stdout: "", stderr: "" });
});

test("the tail keeps the last 40 lines, whole characters, and a last line without end", () => {
  const seen: string[] = [];
  const tail = new LogTail((line) => seen.push(line));
  for (const byte of Buffer.from("erste Zeile: ü\r\n")) {
    tail.write(Buffer.of(byte));
  }
  tail.write(Array.from({ length: 50 }, (_, index) => `${index}\n`).join(""));
  tail.write("no end");
  expect(tail.end()).toEqual([...Array.from({ length: 39 }, (_, index) => String(index + 11)), "no end"]);
  expect(seen).toHaveLength(52);
  expect(seen[0]).toBe("erste Zeile: ü");
});

test("stderr in the middle of a line, or of a character, of stdout stays a line of its own", () => {
  const tail = new LogTail();
  const line = Buffer.from("grün\n");
  tail.write(line.subarray(0, 3), "stdout");
  tail.write("oh no\n", "stderr");
  tail.write("unfinished", "stderr");
  tail.write(line.subarray(3), "stdout");
  expect(tail.end()).toEqual(["oh no", "grün", "unfinished"]);
});

test("a line without end does not fill the memory", () => {
  const tail = new LogTail();
  for (let count = 0; count < 100; count += 1) {
    tail.write("x".repeat(1000));
  }
  expect(tail.end().join("").length).toBeLessThanOrEqual(11_000);
});
