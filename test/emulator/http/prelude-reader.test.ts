import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maxPreludeBytes, PreludeError, PreludeReader, type Prelude } from "../../../emulator/http/prelude-reader.ts";

const nulls = Buffer.alloc(8);
const encode = (prelude: string, body: Uint8Array = new Uint8Array()): Buffer =>
  Buffer.concat([Buffer.from(prelude), nulls, body]);

interface Outcome {
  readonly prelude: Prelude | undefined;
  readonly body: Buffer;
  readonly code: string | undefined;
}

/** All of a stream, in chunks of the given sizes, repeated; an error other than that of the reader fails the test. */
function read(bytes: Buffer, sizes: readonly number[]): Outcome {
  const reader = new PreludeReader();
  const body: Uint8Array[] = [];
  let prelude: Prelude | undefined;
  try {
    for (let at = 0, index = 0; at < bytes.length; index++) {
      const size = sizes[index % sizes.length] ?? bytes.length;
      // A copy that is overwritten: nothing but the body may still be needed of it.
      const chunk = Uint8Array.from(bytes.subarray(at, at + size));
      const part = reader.push(chunk);
      if (part.prelude !== undefined) {
        expect(prelude).toBeUndefined();
        prelude = part.prelude;
      }
      if (part.body !== undefined) {
        expect(prelude).toBeDefined();
        expect(part.body.length).toBeGreaterThan(0);
        body.push(Uint8Array.from(part.body));
      }
      chunk.fill(1);
      at += size;
    }
    reader.end();
    return { prelude, body: Buffer.concat(body), code: undefined };
  } catch (error) {
    if (!(error instanceof PreludeError)) throw error;
    expect(() => reader.push(Buffer.from("more"))).toThrow(error);
    expect(() => reader.end()).toThrow(error);
    return { prelude, body: Buffer.concat(body), code: error.code };
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

test("a prelude is status, headers and cookies; what follows the NULs is the body", () => {
  const json = JSON.stringify({
    statusCode: 201,
    headers: { "Content-Type": "text/html", "Content-Length": "5" },
    multiValueHeaders: { "x-a": ["1", "2"] },
    cookies: ["a=1; Path=/", "b=2"],
  });
  expect(read(encode(json, Buffer.from("\0\0body")), [1000])).toEqual({
    prelude: {
      statusCode: 201,
      headers: [
        ["Content-Type", "text/html"],
        ["x-amzn-Remapped-Content-Length", "5"],
        ["x-a", "1"],
        ["x-a", "2"],
        ["set-cookie", "a=1; Path=/"],
        ["set-cookie", "b=2"],
      ],
    },
    body: Buffer.from("\0\0body"),
    code: undefined,
  });
});

test("all members are optional, and so is the body", () => {
  expect(read(encode("{}"), [3])).toEqual({
    prelude: { statusCode: 200, headers: [["content-type", "application/octet-stream"]] },
    body: Buffer.alloc(0),
    code: undefined,
  });
});

test("a stream without a byte has neither prelude nor error", () => {
  const reader = new PreludeReader();
  expect(reader.push(new Uint8Array())).toEqual({});
  expect(() => reader.end()).not.toThrow();
});

test("any chunking gives the same prelude and body", () => {
  const headers = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[ -~é]{0,20}$/));
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(fc.constantFrom(0, 1)).map((bytes) => Uint8Array.from(bytes)),
  );
  fc.assert(
    fc.property(headers, body, sizes, (map, bytes, cuts) => {
      const stream = encode(JSON.stringify({ statusCode: 200, headers: map }), bytes);
      const whole = read(stream, [stream.length]);
      expect(whole.code).toBeUndefined();
      expect(whole.body).toEqual(Buffer.from(bytes));
      expect(read(stream, cuts)).toEqual(whole);
      expect(read(stream, [1])).toEqual(whole);
    }),
  );
});

test("of garbage there is one error, the same however it is cut", () => {
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.uint8Array({ maxLength: 30 }) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 9 }).map((count) => new Uint8Array(count)) },
    { weight: 2, arbitrary: fc.json().map((text) => Uint8Array.from(Buffer.from(text))) },
    { weight: 1, arbitrary: fc.integer({ min: maxPreludeBytes - 20, max: maxPreludeBytes + 5 }).map(spaces) },
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), sizes, (pieces, cuts) => {
      const stream = Buffer.concat(pieces);
      const outcome = read(stream, [stream.length]);
      const cut = read(stream, stream.length > 2000 ? [...cuts, 1500] : cuts);
      expect(cut.code).toBe(outcome.code);
      expect(cut.prelude).toEqual(outcome.prelude);
      expect(cut.body).toEqual(outcome.body);
    }),
  );
});

function spaces(count: number): Uint8Array {
  return new Uint8Array(count).fill(32);
}

describe("limits", () => {
  test("a prelude with its delimiter may fill 16 KiB, and not one byte more", () => {
    const longest = encode("{}".padEnd(maxPreludeBytes - 8), Buffer.from("body"));
    const longer = encode("{}".padEnd(maxPreludeBytes - 7), Buffer.from("body"));
    for (const size of [1, 7, 4096, 100_000]) {
      expect(read(longest, [size])).toMatchObject({ code: undefined, body: Buffer.from("body") });
      expect(read(longer, [size]).code).toBe("PRELUDE_TOO_LONG");
    }
  });

  test("a stream that never delimits is refused at the limit, not kept", () => {
    const reader = new PreludeReader();
    reader.push(spaces(maxPreludeBytes - 1));
    expect(() => reader.push(spaces(1))).toThrow(PreludeError);
  });
});

test.each([
  ["", "PRELUDE_MALFORMED"],
  ["{", "PRELUDE_MALFORMED"],
  ["[]", "PRELUDE_MALFORMED"],
  ["null", "PRELUDE_MALFORMED"],
  ["[".repeat(16_000), "PRELUDE_MALFORMED"],
  ['{"statusCode":101}', "PRELUDE_MALFORMED"],
  ['{"headers":{"a":"b\\r\\nc: d"}}', "PRELUDE_MALFORMED"],
  ['{"headers":{"a":"\\u0000"}}', "PRELUDE_MALFORMED"],
  ['{"cookies":"a=1"}', "PRELUDE_MALFORMED"],
])("prelude %.30s is %s", (prelude, code) => {
  expect(read(encode(prelude), [5]).code).toBe(code);
});

test("seven NULs are no delimiter, and an end before eight is none either", () => {
  expect(read(Buffer.from(`{}${"\0".repeat(7)}x`), [3]).code).toBe("PRELUDE_MALFORMED");
  expect(read(Buffer.from(`{}${"\0".repeat(7)}`), [3]).code).toBe("PRELUDE_INCOMPLETE");
  expect(read(Buffer.from("{}"), [3]).code).toBe("PRELUDE_INCOMPLETE");
  expect(read(Buffer.from("\0"), [3]).code).toBe("PRELUDE_INCOMPLETE");
});
