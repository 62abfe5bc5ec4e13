/** `Headers` (WHATWG Fetch). */

type Init = Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string>> | undefined;

export class Headers {
  readonly #values = new Map<string, string[]>();

  constructor(init?: Init) {
    if (init === undefined || init === null) return;
    const pairs = Symbol.iterator in init ? [...(init as Iterable<readonly [string, string]>)] : Object.entries(init);
    for (const [name, value] of pairs) this.append(name, value);
  }

  append(name: string, value: string): void {
    const text = String(value).trim();
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || /[\r\n\0]/.test(text)) throw new TypeError(`Invalid header: ${name}`);
    const key = name.toLowerCase();
    this.#values.set(key, [...(this.#values.get(key) ?? []), text]);
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase())?.join(", ") ?? null;
  }

  getSetCookie(): string[] {
    return [...(this.#values.get("set-cookie") ?? [])];
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.delete(name);
    this.append(name, value);
  }

  forEach(callback: (value: string, name: string, headers: this) => void): void {
    for (const [name, value] of this) callback(value, name, this);
  }

  *entries(): Generator<[string, string]> {
    const names = [...this.#values.keys()].toSorted();
    for (const name of names) {
      if (name === "set-cookie") for (const each of this.getSetCookie()) yield [name, each];
      else yield [name, this.get(name) ?? ""];
    }
  }

  *keys(): Generator<string> {
    for (const [name] of this) yield name;
  }

  *values(): Generator<string> {
    for (const [, value] of this) yield value;
  }

  [Symbol.iterator](): Generator<[string, string]> {
    return this.entries();
  }

  get [Symbol.toStringTag](): string {
    return "Headers";
  }
}
