/** Compares texts with patterns. */
import type { Pattern } from "./behaviour.ts";

/** What the placeholders of one case stand for; several values mean any of them. */
export type Names = Readonly<Record<string, string | readonly string[]>>;

/** Placeholders that stand for a kind of text. */
const kinds: Readonly<Record<string, string>> = {
  uuid: "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
  digits: "\\d+",
  decimal: "\\d+\\.\\d\\d",
  number: "\\d+(?:\\.\\d+)?",
  hex: "[0-9a-f]+",
  time: "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z",
  /** Left out where the process was gone before its memory could be read. */
  memory: "(?:\\tMax Memory Used: \\d+ MB)?",
  any: "[^]*?",
};

/** Whether a text is what the pattern says, as a whole. */
export function matches(pattern: Pattern, text: string | undefined, names: Names): boolean {
  return text !== undefined && toRegularExpression(pattern, names).test(text);
}

function toRegularExpression(pattern: Pattern, names: Names): RegExp {
  if (typeof pattern !== "string") return pattern;
  const parts = pattern.split(/\{([a-zA-Z]+\d?)\}/).map((part, index) => {
    if (index % 2 === 0) return escape(part);
    const named = names[part];
    if (named !== undefined) return `(?:${[named].flat().map(escape).join("|")})`;
    const kind = kinds[part];
    if (kind === undefined) throw new Error(`no placeholder {${part}} in ${pattern}`);
    return kind;
  });
  return new RegExp(`^${parts.join("")}$`);
}

const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
