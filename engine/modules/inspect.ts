/** `util.inspect`, for logs: the forms of Node.js for what handlers print, without its colors and proxies. */

export interface InspectOptions {
  /** Levels of nesting. @default 2 */
  readonly depth?: number | null;
  /** @default 72 */
  readonly breakLength?: number;
}

/** A member of that name writes an object its own way. */
export const customInspect: symbol = Symbol.for("nodejs.util.inspect.custom");

const maxItems = 100;
const maxLineLength = 72;

/** Of such a proxy not even this can be asked (ECMA-262, IsArray). */
function isRevoked(value: object): boolean {
  try {
    Array.isArray(value);
    return false;
  } catch {
    return true;
  }
}

class Inspector {
  readonly #depth: number;
  readonly #breakLength: number;
  readonly #options: InspectOptions;
  readonly #seen: object[] = [];

  constructor(options: InspectOptions) {
    this.#options = options;
    this.#depth = options.depth === null ? Infinity : (options.depth ?? 2);
    this.#breakLength = Math.min(options.breakLength ?? maxLineLength, 1e9);
  }

  format(value: unknown, level: number): string {
    if (typeof value === "string") return quote(value);
    if (typeof value === "bigint") return `${value}n`;
    if ((typeof value !== "object" && typeof value !== "function") || value === null) {
      return Object.is(value, -0) ? "-0" : String(value);
    }
    if (isRevoked(value)) return "<Revoked Proxy>";
    return typeof value === "function" ? this.#function(value, level) : this.#object(value, level);
  }

  #function(value: object, level: number): string {
    const { name } = value as { readonly name?: string };
    const isClass = /^class\b/.test(Function.prototype.toString.call(value));
    const tag = isClass ? `[class ${name || "(anonymous)"}]` : `[Function${name ? `: ${name}` : " (anonymous)"}]`;
    const keys = Object.keys(value);
    return keys.length === 0
      ? tag
      : this.#nested(value, level, () => this.#braces(`${tag} `, this.#members(value, keys, level), "{}", level));
  }

  #object(value: object, level: number): string {
    const custom = (value as Record<symbol, unknown>)[customInspect];
    if (typeof custom === "function") {
      const text: unknown = custom.call(value, this.#depth - level, this.#options, inspect);
      return typeof text === "string" ? text : this.format(text, level);
    }
    if (this.#seen.includes(value)) return "[Circular *1]";
    return this.#nested(value, level, () => this.#contents(value, level));
  }

  #nested(value: object, level: number, format: () => string): string {
    if (level > this.#depth && !(value instanceof Error) && !(value instanceof Date) && !(value instanceof RegExp)) {
      return Array.isArray(value) ? "[Array]" : `[${nameOf(value) || "Object"}]`;
    }
    this.#seen.push(value);
    try {
      return format();
    } finally {
      this.#seen.pop();
    }
  }

  #contents(value: object, level: number): string {
    const keys: (string | symbol)[] = Object.keys(value);
    const symbols = Object.getOwnPropertySymbols(value).filter((each) =>
      Object.prototype.propertyIsEnumerable.call(value, each),
    );
    const name = nameOf(value);
    const members = (...left: readonly string[]): string[] =>
      this.#members(
        value,
        [...keys, ...symbols].filter((each) => !left.includes(each as string)),
        level,
      );
    if (Array.isArray(value)) {
      const prefix = name === "Array" ? "" : `${name}(${value.length}) `;
      const items = this.#items(value.slice(0, maxItems), level);
      const others = this.#members(value, [...keys.filter((each) => !/^\d+$/.test(each as string)), ...symbols], level);
      return this.#braces(prefix, [...items, ...more(value.length), ...others], "[]", level);
    }
    if (value instanceof Error) {
      const stack = value.stack ?? String(value);
      const cause = value.cause === undefined ? [] : [`[cause]: ${this.format(value.cause, level + 1)}`];
      const lines = [...members("stack", "message", "cause", "name"), ...cause];
      return lines.length === 0 ? stack : `${stack} {\n${lines.map(indented).join(",\n")}\n}`;
    }
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (value instanceof Promise) return "Promise {}";
    if (value instanceof Map) {
      const entries = [...value]
        .slice(0, maxItems)
        .map(([key, each]) => `${this.format(key, level + 1)} => ${this.format(each, level + 1)}`);
      return this.#braces(`${name}(${value.size}) `, [...entries, ...more(value.size), ...members()], "{}", level);
    }
    if (value instanceof Set) {
      const entries = [...value].slice(0, maxItems).map((each) => this.format(each, level + 1));
      return this.#braces(`${name}(${value.size}) `, [...entries, ...more(value.size), ...members()], "{}", level);
    }
    if (value instanceof Uint8Array && name === "Buffer") {
      const bytes = Array.from(value.subarray(0, 50), (each) => each.toString(16).padStart(2, "0"));
      return `<Buffer${bytes.map((each) => ` ${each}`).join("")}${value.length > 50 ? ` ... ${value.length - 50} more bytes` : ""}>`;
    }
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      const all = Array.from(value as Uint8Array);
      return this.#braces(
        `${name}(${all.length}) `,
        [...all.slice(0, maxItems).map(String), ...more(all.length)],
        "[]",
        level,
      );
    }
    if (value instanceof Number || value instanceof String || value instanceof Boolean) {
      return `[${name}: ${this.format(value.valueOf(), level)}]`;
    }
    const tag = name === "Object" ? "" : `${name === "" ? "[Object: null prototype]" : name} `;
    return this.#braces(tag, members(), "{}", level);
  }

  #items(list: readonly unknown[], level: number): string[] {
    const items: string[] = [];
    for (let index = 0; index < list.length;) {
      let end = index;
      while (end < list.length && !(end in list)) end++;
      if (end > index) items.push(`<${end - index} empty item${end - index === 1 ? "" : "s"}>`);
      if (end < list.length) items.push(this.format(list[end], level + 1));
      index = end + 1;
    }
    return items;
  }

  #members(value: object, keys: readonly (string | symbol)[], level: number): string[] {
    return keys.map((key) => {
      const name = typeof key === "symbol" ? String(key) : /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key);
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      if (descriptor?.get !== undefined) return `${name}: [Getter${descriptor.set === undefined ? "" : "/Setter"}]`;
      return `${name}: ${this.format(descriptor?.value, level + 1)}`;
    });
  }

  #braces(
    prefix: string,
    items: readonly string[],
    [open, close]: "{}" | "[]" | readonly string[],
    _level: number,
  ): string {
    if (items.length === 0) return `${prefix}${open}${close}`;
    const line = items.join(", ");
    const fits = line.length + prefix.length <= this.#breakLength && !line.includes("\n");
    return fits
      ? `${prefix}${open} ${line} ${close}`
      : `${prefix}${open}\n${items.map(indented).join(",\n")}\n${close}`;
  }
}

function more(count: number): string[] {
  return count > maxItems ? [`... ${count - maxItems} more item${count === maxItems + 1 ? "" : "s"}`] : [];
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

function nameOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return "";
  const { constructor } = prototype as { readonly constructor?: { readonly name?: string } };
  return constructor?.name ?? "Object";
}

function quote(text: string): string {
  const mark = !text.includes("'") ? "'" : !text.includes('"') ? '"' : "`";
  const escaped = text.replaceAll(/[\\\n\r\t\u0000-\u001f]/g, (each) => {
    const known = ({ "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" } as Record<string, string>)[each];
    return known ?? `\\x${each.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`;
  });
  return mark + escaped + mark;
}

/** Any value as text. Never throws for what getters and proxies do, only for what custom inspectors throw. */
export const inspect: ((value: unknown, options?: InspectOptions) => string) & { readonly custom: symbol } =
  Object.assign((value: unknown, options: InspectOptions = {}) => new Inspector(options).format(value, 0), {
    custom: customInspect,
  });
