/** `rate(5 minutes)`: how far the times of a schedule lie apart. */
import { EmulatorError } from "../errors.ts";

const unitsMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads what stands between the parentheses. Source: Amazon EventBridge user guide, "Rate expressions reference": a
 * value of 1 has its unit in the singular, any other in the plural.
 *
 * @param owner what the message begins with
 * @returns milliseconds from one time to the next
 * @throws EmulatorError `BAD_OPTIONS`
 */
export function parseRateExpression(owner: string, text: string): number {
  const [, digits = "", unit = "", plural = ""] = /^(\d+)\s+(minute|hour|day)(s?)$/.exec(text.trim()) ?? [];
  const [value, unitMs] = [Number(digits), unitsMs[unit]];
  if (unitMs === undefined || value < 1) {
    throw refuse(owner, text, "takes a whole number from 1 and minute, minutes, hour, hours, day or days");
  }
  if ((value === 1) === (plural === "s")) {
    const right = value === 1 ? unit : `${unit}s`;
    throw refuse(owner, text, `takes ${unit} for 1 and ${unit}s for more`, `Write rate(${value} ${right})`);
  }
  return value * unitMs;
}

function refuse(owner: string, text: string, rule: string, hint = "Such as rate(5 minutes)"): EmulatorError {
  return new EmulatorError("BAD_OPTIONS", `${owner}: rate ${rule}; it is "${text}"`, { hint });
}
