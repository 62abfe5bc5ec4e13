/** `URLSearchParams` (WHATWG URL). */

type Init = string | Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

/** application/x-www-form-urlencoded leaves these as they are. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll(/[!'()~]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

function decode(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Bytes that are no UTF-8 and percent signs that begin nothing.
    return spaced.replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (each) => {
      const bytes = each
        .slice(1)
        .split("%")
        .map((hex) => Number.parseInt(hex, 16));
      return new TextDecoder().decode(Uint8Array.from(bytes));
    });
  }
}

export class URLSearchParams {
  #pairs: [string, string][] = [];
  readonly #onChange: (text: string) => void;

  /** @param onChange for the URL that these belong to */
  constructor(init: Init = "", onChange: (text: string) => void = () => {}) {
    this.#onChange = onChange;
    this.#read(init);
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: string, value: string): void {
    this.#pairs.push([String(name), String(value)]);
    this.#changed();
  }

  delete(name: string, value?: string): void {
    this.#pairs = this.#pairs.filter((each) => each[0] !== name || (value !== undefined && each[1] !== value));
    this.#changed();
  }

  get(name: string): string | null {
    return this.#pairs.find((each) => each[0] === name)?.[1] ?? null;
  }

  getAll(name: string): string[] {
    return this.#pairs.filter((each) => each[0] === name).map(([, value]) => value);
  }

  has(name: string, value?: string): boolean {
    return this.#pairs.some((each) => each[0] === name && (value === undefined || each[1] === value));
  }

  set(name: string, value: string): void {
    const place = this.#pairs.findIndex((each) => each[0] === name);
    if (place < 0) return this.append(name, value);
    this.#pairs = this.#pairs.filter((each, index) => each[0] !== name || index === place);
    this.#pairs[place] = [name, String(value)];
    this.#changed();
  }

  sort(): void {
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#changed();
  }

  forEach(callback: (value: string, name: string, params: this) => void): void {
    for (const [name, value] of this.#pairs) callback(value, name, this);
  }

  *entries(): Generator<[string, string]> {
    for (const [name, value] of this.#pairs) yield [name, value];
  }

  *keys(): Generator<string> {
    for (const [name] of this.#pairs) yield name;
  }

  *values(): Generator<string> {
    for (const [, value] of this.#pairs) yield value;
  }

  [Symbol.iterator](): Generator<[string, string]> {
    return this.entries();
  }

  toString(): string {
    return this.#pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
  }

  #read(init: Init): void {
    if (typeof init === "string") {
      const text = init.replace(/^\?/, "");
      this.#pairs = text
        .split("&")
        .filter((each) => each !== "")
        .map((each) => {
          const [name = "", value = ""] = each.split(/=(.*)/s);
          return [decode(name), decode(value)];
        });
      return;
    }
    const pairs = Symbol.iterator in init ? [...(init as Iterable<readonly [string, string]>)] : Object.entries(init);
    this.#pairs = pairs.map(([name, value]) => [String(name), String(value)]);
  }

  #changed(): void {
    this.#onChange(this.toString());
  }

  get [Symbol.toStringTag](): string {
    return "URLSearchParams";
  }
}
