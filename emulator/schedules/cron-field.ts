/** One field of a cron expression: lists, ranges and steps of numbers or names. */
import { EmulatorError } from "../errors.ts";

/** What a field may hold. */
export interface CronField {
  /** As the user guide names it. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** For the numbers from `min` on, in capitals. */
  readonly names?: readonly string[];
  /** The characters with a meaning, `/` among them where steps are taken. */
  readonly wildcards: string;
}

/**
 * Reads a field of the characters `, - * /` only.
 *
 * @param owner what the message begins with
 * @returns the numbers it stands for, from low to high, without repetitions
 * @throws EmulatorError `BAD_OPTIONS` naming the field and what it takes
 */
export function parseCronField(owner: string, text: string, field: CronField): readonly number[] {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [first, last, step] = parsePart(part, field) ?? [];
    if (first === undefined || last === undefined || step === undefined) throw refuseCronField(owner, text, field);
    for (let value = first; value <= last; value += step) values.add(value);
  }
  return [...values].toSorted((a, b) => a - b);
}

/** A number or a name, in letters of any case; undefined when it is none of the field's. */
export function parseCronValue(text: string, { min, max, names = [] }: CronField): number | undefined {
  const index = names.indexOf(text.toUpperCase());
  if (index >= 0) return min + index;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : -1;
  return value >= min && value <= max ? value : undefined;
}

/** The error of a field. */
export function refuseCronField(owner: string, text: string, field: CronField): EmulatorError {
  const { name, min, max, names = [], wildcards } = field;
  const named = names.length === 0 ? "" : `, ${names[0]}-${names.at(-1)}`;
  return new EmulatorError(
    "BAD_OPTIONS",
    `${owner}: ${name} takes ${min}-${max}${named} and ${wildcards}; it is "${text}"`,
    {
      hint: "The fields are minutes hours day-of-month month day-of-week year, such as cron(0 10 * * ? *)",
    },
  );
}

/** `*`, `a`, `a-b`, each with a step or not; `a/step` goes on to the end. */
function parsePart(part: string, field: CronField): readonly [first: number, last: number, step: number] | undefined {
  const [base = "", stepText, ...rest] = part.split("/");
  if (rest.length > 0 || (stepText !== undefined && !field.wildcards.includes("/"))) return undefined;
  const step = stepText === undefined ? 1 : Number(/^\d{1,4}$/.test(stepText) ? stepText : 0);
  if (step < 1) return undefined;
  if (base === "*") return [field.min, field.max, step];
  const [firstText = "", lastText, ...more] = base.split("-");
  const first = parseCronValue(firstText, field);
  if (first === undefined || more.length > 0) return undefined;
  if (lastText === undefined) return [first, stepText === undefined ? first : field.max, step];
  const last = parseCronValue(lastText, field);
  return last === undefined || last < first ? undefined : [first, last, step];
}
