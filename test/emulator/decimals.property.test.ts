/** Decimals are those of JavaScript's own conversions. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { twoDecimals, upToThreeDecimals } from "../../emulator/decimals.ts";

const values = fc.oneof(
  fc.double({ noNaN: true, min: 0, max: 100, maxExcluded: true }),
  fc.double({ noNaN: true, min: -1e12, max: 1e12 }),
  fc.nat().map((each) => each / 1000),
  fc.constantFrom(0, -0, 0.0005, 0.001, 0.999, 0.9995, 0.005, 0.995, 2_147_483.647, 2_147_483.648, 21_474_836.48),
);

test("at most three", () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(upToThreeDecimals(value)).toBe(String(Math.round(value * 1000) / 1000));
    }),
  );
});

test("two", () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(twoDecimals(value)).toMatch(/^-?\d+\.\d\d$/);
      expect(Math.abs(Number(twoDecimals(value)) - value)).toBeLessThanOrEqual(
        0.005 + Math.abs(value) * Number.EPSILON,
      );
    }),
  );
});
