/** The few statistics the figures need. Noise on a shared machine has one sign and long tails: medians, no means. */

/** The middle value; the mean of the two middle ones for an even number of them. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

/** `1.0`–`9.9` with a digit behind the point, whole with thousands separators from there on. */
export function format(value: number): string {
  const digits = Math.abs(value) < 10 ? 1 : 0;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `0.42 ×`; empty without a reference. */
export function ratio(value: number, reference: number | undefined): string {
  return reference === undefined ? "" : `${(value / reference).toFixed(2)} ×`;
}
