import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { expect } from "vitest";
import { StandardOutput, writeFully } from "../../runtime/standard-output.ts";
import { test } from "../support/temporary-folder.ts";

/** A process whose streams are made when they are first asked for, and hold everything until they are released. */
function createOwner() {
  const written: string[] = [];
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, callback) => {
      waiting.push(() => {
        written.push(text);
        callback();
      });
    },
  });
  const owner = {
    get stdout() {
      return stream;
    },
    stderr: stream,
  };
  return { owner, written, releaseAll: () => waiting.splice(0).map((release) => release()) };
}

test("what was written is waited for, once the stream exists", async () => {
  const { owner, written, releaseAll } = createOwner();
  const output = new StandardOutput(owner);
  expect(output.written()).toBeUndefined();
  owner.stdout.write("first");
  output.write("second");
  const done = output.written();
  for (let count = 0; count < 5; count++) {
    releaseAll();
    // oxlint-disable-next-line no-await-in-loop -- each write follows the one before
    await Promise.resolve();
  }
  await done;
  expect(written.filter((text) => text !== "")).toEqual(["first", "second"]);
});

test("streams that cannot be watched count as created", () => {
  const stream = { writableLength: 0, write: () => true };
  expect(new StandardOutput({ stdout: stream, stderr: stream }).written()).toBeUndefined();
});

test("a full pipe is waited for, and all bytes arrive", async ({ folder }) => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const copy = join(folder, "copy");
  const target = openSync(copy, "w");
  // In small pieces: a fast reader could keep the pipe from ever being full.
  const reader = spawn("dd", [`if=${pipe}`, "bs=64"], { stdio: ["ignore", target, "ignore"] });
  const exited = new Promise((resolve) => reader.once("exit", resolve));
  // Read and write, so that opening does not wait for the reader.
  const descriptor = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  const bytes = Buffer.alloc(4 * 1024 * 1024, "0123456789");
  // Nothing else could open it in time: the reader must have its end before this one is closed.
  writeFully(descriptor, bytes);
  closeSync(descriptor);
  await exited;
  closeSync(target);
  expect(readFileSync(copy).equals(bytes)).toBe(true);
});

test("a descriptor that is gone loses the bytes, without an error", () => {
  expect(() => writeFully(1_000_000, Buffer.from("x"))).not.toThrow();
});
