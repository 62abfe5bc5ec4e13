/** Numbers as text. Of durations, which differ every time, the engine's own conversions take five times as long. */

const upToThree = Array.from({ length: 1000 }, (_, thousandths) => String(thousandths / 1000).slice(1));
const two = Array.from({ length: 100 }, (_, hundredths) => `.${String(hundredths).padStart(2, "0")}`);
/** Within what a bitwise operation keeps. */
const largest = 2 ** 31 - 1;

/** With three decimals at most, as JavaScript writes a number: `1.5`, `0.001`, `2`. */
export function upToThreeDecimals(value: number): string {
  const thousandths = Math.round(value * 1000);
  if (!(thousandths >= 0 && thousandths <= largest)) return String(thousandths / 1000);
  const whole = (thousandths / 1000) | 0;
  return whole + (upToThree[thousandths - 1000 * whole] ?? "");
}

/** With two decimals: `1.50`. */
export function twoDecimals(value: number): string {
  const hundredths = Math.round(value * 100);
  if (!(hundredths >= 0 && hundredths <= largest)) return value.toFixed(2);
  const whole = (hundredths / 100) | 0;
  return whole + (two[hundredths - 100 * whole] ?? "");
}
