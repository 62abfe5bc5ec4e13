/** Docker's JSON lines, cut and broken in every way. */
import { expect, test } from "vitest";
import { eventStream, type DaemonEvent } from "../../docker/index.ts";

async function collect(stream: AsyncIterable<DaemonEvent>): Promise<readonly DaemonEvent[]> {
  const events: DaemonEvent[] = [];
  for await (const event of stream) {
    events.push(event);
  }
  return events;
}

async function read(chunks: readonly (string | Buffer)[], expects?: "image"): Promise<readonly DaemonEvent[]> {
  async function* source(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) {
      yield Buffer.from(chunk as string);
    }
  }
  return collect(eventStream(source(), expects));
}

const build =
  '{"stream":"Step 1/2 : FROM a\\n"}\r\n\n{"stream":"grün ✓ 🐳\\n"}\n{"aux":{"ID":"sha256:ab"}}\n{"stream":"Done"}';
const buildEvents: readonly DaemonEvent[] = [
  { type: "log", text: "Step 1/2 : FROM a\n" },
  { type: "log", text: "grün ✓ 🐳\n" },
  { type: "image", imageId: "sha256:ab" },
  { type: "log", text: "Done" },
];

test("reads log and image, whatever the chunks", async () => {
  const bytes = Buffer.from(build);
  expect(await read([build], "image")).toEqual(buildEvents);
  expect(
    await read(
      Array.from(bytes, (byte) => Buffer.of(byte)),
      "image",
    ),
  ).toEqual(buildEvents);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(await read([bytes.subarray(0, cut), bytes.subarray(cut)], "image")).toEqual(buildEvents);
  }
});

test("reads the progress of a pull", async () => {
  const lines = [
    '{"status":"Pulling from library/a","id":"2"}\n',
    '{"status":"Downloading","progressDetail":{"current":5,"total":10},"progress":"[=>  ]","id":"ab12"}\n',
    '{"status":"Digest: sha256:1","progressDetail":{}}\n{"unknown":true}\n',
  ];
  expect(await read(lines)).toEqual([
    { type: "progress", status: "Pulling from library/a", layer: "2" },
    { type: "progress", status: "Downloading", layer: "ab12", currentBytes: 5, totalBytes: 10 },
    { type: "progress", status: "Digest: sha256:1" },
  ]);
});

test.each([
  ['{"errorDetail":{"code":7,"message":"returned 7"},"error":"returned 7"}', "returned 7", 7],
  ['{"error":"boom"}', "boom", undefined],
  ['{"errorDetail":{"message":"denied"}}', "denied", undefined],
  ['{"errorDetail":{"code":0,"message":"odd"},"error":""}', "odd", undefined],
  ['{"error":"building at STEP: while running runtime: exit status 7\\n"}', /runtime: exit status 7$/, 7],
])("throws what the daemon reports: %s", async (line, message, exitCode) => {
  const events: DaemonEvent[] = [];
  const reading = (async () => {
    for await (const event of eventStream([Buffer.from(`{"stream":"a"}\n${line}`)] as never)) {
      events.push(event);
    }
  })();
  await expect(reading).rejects.toMatchObject({
    name: "DockerError",
    code: "DOCKER_REQUEST_FAILED",
    message: typeof message === "string" ? message : (expect.stringMatching(message) as string),
    exitCode,
  });
  expect(events).toEqual([{ type: "log", text: "a" }]);
});

test.each(["<html>", '{"stream":"cut', "7", "null"])("a malformed line is an error: %s", async (line) => {
  await expect(read([line])).rejects.toMatchObject({
    code: "DOCKER_REQUEST_FAILED",
    message: expect.stringContaining(JSON.stringify(line)) as string,
  });
});

test("an end without image is an error where an image is expected", async () => {
  await expect(read(['{"stream":"Step 1/2"}\n'], "image")).rejects.toMatchObject({ code: "DOCKER_REQUEST_FAILED" });
  await expect(read([], "image")).rejects.toMatchObject({ code: "DOCKER_REQUEST_FAILED" });
  expect(await read([])).toEqual([]);
});

test("a failure of the connection comes through", async () => {
  const failure = new Error("aborted");
  async function* source(): AsyncGenerator<Buffer> {
    yield Buffer.from('{"stream":"a"}\n');
    throw failure;
  }
  await expect(collect(eventStream(source()))).rejects.toBe(failure);
});
