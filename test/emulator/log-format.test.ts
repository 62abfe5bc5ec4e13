import { expect, test } from "vitest";
import { LineSplitter } from "../../emulator/log-format.ts";

function split(chunks: readonly Buffer[]): readonly string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.flush();
  return lines;
}

test("lines come out whole, wherever the stream is cut, inside a character too", () => {
  const bytes = Buffer.from("first\n\nZoë\r\nno end");
  for (let at = 0; at <= bytes.length; at++) {
    expect(split([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(["first", "", "Zoë\r", "no end"]);
  }
});

test("a line without an end is cut where it is too long for a log event, and costs no more than others", () => {
  const chunk = Buffer.alloc(65_536, "x");
  const lines = split(Array.from({ length: 800 }, () => chunk));
  expect(lines.map(({ length }) => length)).toEqual(Array.from({ length: 50 }, () => 1_048_576));
});
