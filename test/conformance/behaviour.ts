/** What a row of the fidelity table and its cases are made of. */
import type { FunctionOptions } from "../../emulator/index.ts";

/**
 * A text. In strings `{requestId}`, `{functionName}`, `{uuid}`, `{digits}`, `{decimal}`, `{number}`, `{hex}`, `{time}`,
 * `{memory}` (a field of REPORT) and `{any}` stand for what varies; `{requestId1}` is that of the first request; everything else is exact.
 */
export type Pattern = string | RegExp;

/** An HTTP answer. Headers that are not named may be there; those named with undefined must not. */
export interface ExpectedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, Pattern | undefined>>;
  readonly body?: Pattern;
}

/** A step may depend on the event that was received last: on a text in it. */
interface Conditional {
  readonly onlyIf?: string;
}
/**
 * A request to the Runtime API; `{requestId}` is that of the last event, `{requestId:name}` that of the last one on the
 * connection of that name, `{extensionId}` the identifier of the last registration, `{env:NAME}` a variable of the process.
 */
export interface RuntimeRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** Behind `/2018-06-01`, unless it begins with a version of its own. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How often the body is repeated. */
  readonly times?: number;
  /** The body in pieces, instead of `body`. */
  readonly chunks?: readonly string[];
  /** Behind the pieces. */
  readonly trailers?: Readonly<Record<string, string>>;
  /** The pieces have no end. */
  readonly unfinished?: true;
  /** Name of a connection that is kept. */
  readonly connection?: string;
}
/** What the bootstrap does, in order. After the last step it answers every event with the event. */
export type BootstrapStep = Conditional &
  (
    | (RuntimeRequest & { readonly do: "exchange"; readonly expect?: ExpectedAnswer })
    | (RuntimeRequest & { readonly do: "send" })
    | { readonly do: "receive"; readonly connection?: string; readonly expect?: ExpectedAnswer }
    | { readonly do: "hangUp"; readonly connection: string }
    | { readonly do: "write"; readonly stream?: "stderr"; readonly body: string; readonly times?: number }
    | { readonly do: "inspect"; readonly expect: Readonly<Record<string, Pattern | undefined>> }
    | { readonly do: "exit"; readonly code: number }
    | { readonly do: "signal"; readonly signal: number }
    | { readonly do: "allocate"; readonly mebibytes: number }
    | { readonly do: "hang" }
  );

/** What the caller does, in order. */
export interface CallerRequest {
  /** @default "POST" */
  readonly method?: string;
  /** @default that of Invoke */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default "{}" */
  readonly body?: string;
  /** How often the body is repeated. */
  readonly times?: number;
  readonly expect: ExpectedAnswer;
  /** The messages of the answer, `name payload` each; pieces that follow one another are one. */
  readonly messages?: readonly Pattern[];
  /** The end of the log that came with the answer, without what the bootstrap tells the test. */
  readonly logTail?: Pattern;
  /** The next request does not wait for this answer, but only for this line of the log. */
  readonly until?: Pattern;
  /** Not sent before so many invocations are reported. */
  readonly afterReports?: number;
  /** Not sent before this line of the log. */
  readonly after?: Pattern;
}

/** One thing to try. */
export interface ConformanceCase {
  /** What is special about it, when the row has several. */
  readonly name: string;
  /** In strings `{records}` is a server of the test, `{layers}` a folder with a layer, `{extensions}` one with an extension. */
  readonly options?: Partial<Omit<FunctionOptions, "source">>;
  /** @default answers every event with the event; such cases share a function unless they have options */
  readonly bootstrap?: readonly BootstrapStep[];
  /** What an external extension does; then it takes events until it is shut down. Needs the layer `{extensions}`. */
  readonly extension?: readonly BootstrapStep[];
  readonly invoke: readonly CallerRequest[];
  /** The function's log in order. In a container the order between platform and function is not looked at. */
  readonly log?: readonly Pattern[];
  /** What the destinations `{records}/<kind>` of `eventInvokeConfig` received: kind and bodies. */
  readonly records?: Readonly<Record<string, readonly Pattern[]>>;
  /** Where it cannot run both ways. */
  readonly only?: { readonly launcher: "host" | "container"; readonly because: string };
  /** Functions that are tried until one conforms, where something outside of the emulator sometimes fails. @default 1 */
  readonly chances?: { readonly count: number; readonly because: string };
}

/** How closely the emulator follows Lambda. */
export interface Fidelity {
  readonly kind: "exact" | "approximate" | "refused";
  /** In what it differs, or what the refusal is. */
  readonly how?: string;
  /** The AWS document or recording that says what Lambda does. */
  readonly source: string;
  /** No document or recording settles it. */
  readonly unverified?: true;
}

/** A row of the table. */
export type Behaviour = {
  readonly behaviour: string;
  readonly fidelity: Fidelity;
} & (
  | { readonly cases: readonly [ConformanceCase, ...ConformanceCase[]] }
  | {
      readonly cases: readonly [];
      /** Why there is nothing to run. */
      readonly untested: string;
    }
);
