/** Streamed responses as bytes on a socket, cut and broken anywhere: the caller has an end, and the next invocation works. */
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Answer } from "../../emulator/invocation.ts";
import { collect } from "../../emulator/streaming/read-answer.ts";
import { exchange, parseAnswer } from "../support/raw-http.ts";
import { startRuntime, type RuntimeByHand } from "../support/runtime-by-hand.ts";

let runtime: RuntimeByHand;
beforeAll(async () => {
  runtime = await startRuntime();
});
afterAll(() => runtime[Symbol.asyncDispose]());

interface StreamedBody {
  readonly chunks: readonly Uint8Array[];
  readonly trailers: readonly string[];
}

/** As much as the environment of these tests takes. */
const maxBytes = 1000;
const errorText = '{"errorMessage":"no more","errorType":"Function.NoMore"}';
const errorTrailers = [
  "Lambda-Runtime-Function-Error-Type: Function.NoMore",
  `Lambda-Runtime-Function-Error-Body: ${Buffer.from(errorText).toString("base64")}`,
];

function format(path: string, { chunks, trailers }: StreamedBody): Buffer {
  const head = [
    `POST ${path}/response HTTP/1.1`,
    "Host: 127.0.0.1",
    "Connection: close",
    "Lambda-Runtime-Function-Response-Mode: streaming",
    "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
    "Transfer-Encoding: chunked",
  ].join("\r\n");
  const body = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, "\r\n"]);
  const parts = [`${head}\r\n\r\n`, ...body, "0\r\n", ...trailers.map((each) => `${each}\r\n`), "\r\n"];
  return Buffer.concat(parts.map((part) => Buffer.from(part as string)));
}

/** The bytes in pieces that end at these places. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % bytes.length)), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)).filter(({ length }) => length > 0);
}

async function read({ payload, stream, isFunctionError }: Answer): Promise<{ text: string; isFunctionError: boolean }> {
  const whole = stream === undefined ? { payload, isFunctionError } : await collect(stream);
  return { text: whole.payload.toString("latin1"), isFunctionError: whole.isFunctionError };
}

/** Whatever has happened before. */
async function expectNextInvocation(): Promise<void> {
  const answered = runtime.assign('"again"');
  const { path, event } = await runtime.next();
  expect(event).toBe('"again"');
  expect(await runtime.respond(path, "1")).toBe(202);
  expect(await read(await answered)).toEqual({ text: "1", isFunctionError: false });
}

const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 400 }), { maxLength: 6 });
const places = fc.array(fc.nat(), { maxLength: 8 });

test("in any pieces they arrive, errors behind them too, and nothing above the limit", async () => {
  await fc.assert(
    fc.asyncProperty(chunks, fc.boolean(), places, async (sent, fails, cuts) => {
      const answered = runtime.assign("1").then(read);
      const { path } = await runtime.next();
      const bytes = format(path, { chunks: sent, trailers: fails ? errorTrailers : [] });
      const { status } = parseAnswer(await exchange(runtime.port, cutAt(bytes, cuts)));
      const whole = Buffer.concat(sent).toString("latin1");
      const isTooLarge = whole.length > maxBytes;
      expect(status).toBe(isTooLarge ? 413 : 202);
      const { text, isFunctionError } = await answered;
      expect(isFunctionError).toBe(fails || isTooLarge);
      if (isTooLarge) expect(text).toContain("Function.ResponseSizeTooLarge");
      else expect(text).toBe(fails && whole === "" ? errorText : whole);
      await expectNextInvocation();
    }),
  );
});

const damage = fc.oneof(
  fc.record({ kind: fc.constant("cut" as const), at: fc.nat() }),
  fc.record({ kind: fc.constant("flip" as const), at: fc.nat(), bits: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant("insert" as const), at: fc.nat(), bytes: fc.uint8Array({ maxLength: 20 }) }),
  fc.record({ kind: fc.constant("drop" as const), at: fc.nat(), count: fc.integer({ min: 1, max: 20 }) }),
);
type Damage = typeof damage extends fc.Arbitrary<infer Kind> ? Kind : never;

function inflict(bytes: Buffer, given: Damage): Buffer {
  const at = given.at % bytes.length;
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (given.kind) {
    case "cut":
      return before;
    case "flip":
      return Buffer.concat([before, Buffer.from([(after[0] ?? 0) ^ given.bits]), after.subarray(1)]);
    case "insert":
      return Buffer.concat([before, given.bytes, after]);
    case "drop":
      return Buffer.concat([before, after.subarray(given.count)]);
  }
}

const afterwards = fc.constantFrom("hang-up" as const, "half-close" as const);
const someTrailers = fc.array(
  fc.oneof(
    fc.constantFrom(...errorTrailers),
    fc.string().map((text) => `Lambda-Runtime-Function-Error-Body: ${text}`),
    fc.string(),
  ),
  { maxLength: 4 },
);

test("broken anywhere they end for their caller, and the environment goes on", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ chunks, trailers: someTrailers }),
      fc.array(damage, { minLength: 1, maxLength: 3 }),
      places,
      afterwards,
      async (body, damages, cuts, how) => {
        const assigned = runtime.assign("1");
        const { path } = await runtime.next();
        let bytes = format(path, body);
        for (const each of damages) if (bytes.length > 0) bytes = inflict(bytes, each);
        if (bytes.length > 0) await exchange(runtime.port, cutAt(bytes, cuts), how);
        // Where it was not taken for an answer, one is still due.
        const status = await runtime.respond(path, '"late"');
        expect([202, 400, 403]).toContain(status);
        const { text } = await read(await assigned);
        if (status === 202) expect(text).toBe('"late"');
        await expectNextInvocation();
      },
    ),
    { numRuns: 300 },
  );
});
