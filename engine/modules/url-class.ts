/** `URL` (WHATWG URL). Hosts with other characters than ASCII are refused. */
import { native, type UrlPart } from "./native.ts";
import { URLSearchParams } from "./url-search-params.ts";

type Parts = readonly string[];

const partNames: readonly ("href" | "origin" | UrlPart)[] = [
  "href",
  "origin",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
];

export class URL {
  #parts: Parts;
  #searchParams: URLSearchParams | undefined;

  constructor(url: string | URL, base?: string | URL) {
    const parts = native.parseUrl(String(url), base === undefined ? undefined : String(base));
    if (parts === undefined) {
      throw Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL", input: String(url) });
    }
    this.#parts = parts;
  }

  static canParse(url: string, base?: string): boolean {
    return native.parseUrl(url, base) !== undefined;
  }

  static parse(url: string, base?: string): URL | null {
    return URL.canParse(url, base) ? new URL(url, base) : null;
  }

  get searchParams(): URLSearchParams {
    this.#searchParams ??= new URLSearchParams(this.#get("search"), (text) => this.#set("search", text, false));
    return this.#searchParams;
  }

  get href(): string {
    return this.#get("href");
  }

  set href(value: string) {
    this.#parts = new URL(value).#parts;
    this.#searchParams = undefined;
  }

  get origin(): string {
    return this.#get("origin");
  }

  get protocol(): string {
    return this.#get("protocol");
  }

  set protocol(value: string) {
    this.#set("protocol", value);
  }

  get username(): string {
    return this.#get("username");
  }

  set username(value: string) {
    this.#set("username", value);
  }

  get password(): string {
    return this.#get("password");
  }

  set password(value: string) {
    this.#set("password", value);
  }

  get host(): string {
    return this.#get("host");
  }

  set host(value: string) {
    this.#set("host", value);
  }

  get hostname(): string {
    return this.#get("hostname");
  }

  set hostname(value: string) {
    this.#set("hostname", value);
  }

  get port(): string {
    return this.#get("port");
  }

  set port(value: string) {
    this.#set("port", value);
  }

  get pathname(): string {
    return this.#get("pathname");
  }

  set pathname(value: string) {
    this.#set("pathname", value);
  }

  get search(): string {
    return this.#get("search");
  }

  set search(value: string) {
    this.#set("search", value);
  }

  get hash(): string {
    return this.#get("hash");
  }

  set hash(value: string) {
    this.#set("hash", value);
  }

  toString(): string {
    return this.#get("href");
  }

  toJSON(): string {
    return this.#get("href");
  }

  #get(name: "href" | "origin" | UrlPart): string {
    return this.#parts[partNames.indexOf(name)] ?? "";
  }

  #set(name: UrlPart, value: string, forget = true): void {
    this.#parts = native.changeUrl(this.#get("href"), name, String(value)) ?? this.#parts;
    if (forget && name === "search") this.#searchParams = undefined;
  }

  get [Symbol.toStringTag](): string {
    return "URL";
  }
}
