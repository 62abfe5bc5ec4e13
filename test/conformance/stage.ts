/** One emulator that has the functions of many cases, and everything they let be seen. */
import { createServer } from "node:http";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startEmulator, type EmulatorOptions, type FunctionOptions, type LogEvent } from "../../emulator/index.ts";
import type { ConformanceCase } from "./behaviour.ts";

/** What the bootstrap got for one step of its script. */
export interface Observation {
  readonly step: number;
  readonly ofExtension: boolean;
  readonly observed: Readonly<Record<string, unknown>>;
}
/** What a destination received. */
interface DeliveredRecord {
  readonly path: string;
  readonly body: string;
}

/** How the functions run: members of their options, and the daemon for containers. */
export interface StageOptions {
  readonly launcher: "host" | "container";
  /** The scripted bootstrap. */
  readonly source: string;
  readonly functionOptions: Partial<FunctionOptions>;
  readonly emulatorOptions: Partial<EmulatorOptions>;
}

/** Until then something has to have happened that is waited for. */
const patienceMs = 15_000;
/** Of functions that are to answer: on a busy machine, starting a container a second time may take seconds. */
const timeoutMs = 20_000;

/** A started stage; `close` takes everything down. */
export class Stage {
  readonly launcher: StageOptions["launcher"];
  readonly #log: LogEvent[] = [];
  readonly #records: DeliveredRecord[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #closers: (() => Promise<unknown>)[] = [];
  url = "";

  private constructor(launcher: StageOptions["launcher"]) {
    this.launcher = launcher;
  }

  /** @param cases by the names of their functions */
  static async start(cases: ReadonlyMap<string, ConformanceCase>, options: StageOptions): Promise<Stage> {
    const stage = new Stage(options.launcher);
    try {
      const places = {
        records: await stage.#receiveRecords(),
        layers: await stage.#makeLayer(),
        extensions: await stage.#makeExtensionLayer(options.source),
      };
      const functions = [...cases].map(([name, played]): [string, FunctionOptions] => {
        const { options: given = {}, bootstrap = [], extension = [] } = played;
        return [
          name,
          {
            source: options.source,
            timeoutMs,
            ...options.functionOptions,
            ...(JSON.parse(
              JSON.stringify(given)
                .replaceAll("{records}", `${places.records}/${name}`)
                .replaceAll("{layers}", places.layers)
                .replaceAll("{extensions}", places.extensions),
            ) as object),
            environment: {
              ...given.environment,
              SCRIPT: JSON.stringify(bootstrap.map(withoutExpectation)),
              EXTENSION_SCRIPT: JSON.stringify(extension.map(withoutExpectation)),
            },
          },
        ];
      });
      const emulator = await startEmulator({
        functions: Object.fromEntries(functions),
        ...options.emulatorOptions,
        onLog: (event) => stage.#changed(stage.#log, event),
      });
      stage.#closers.unshift(() => emulator.close());
      stage.url = emulator.url;
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  /** Of one function, without the observations. */
  log(functionName: string): readonly LogEvent[] {
    return this.#log.filter((event) => event.functionName === functionName && readObservation(event) === undefined);
  }

  observations(functionName: string): readonly Observation[] {
    return this.#log.flatMap((event) => (event.functionName === functionName ? (readObservation(event) ?? []) : []));
  }

  /** Bodies that a destination of the function received. */
  records(functionName: string, kind: string): readonly string[] {
    return this.#records.filter(({ path }) => path === `/${functionName}/${kind}`).map(({ body }) => body);
  }

  /** Resolves once it is so, or when waiting any longer is of no use: then the comparison tells what is missing. */
  async until(isSo: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (isSo()) resolve();
    };
    const timer = setTimeout(resolve, patienceMs);
    this.#watchers.add(look);
    look();
    await promise;
    clearTimeout(timer);
    this.#watchers.delete(look);
  }

  async close(): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- the emulator first
    for (const closer of this.#closers) await closer();
  }

  #changed<Entry>(entries: Entry[], entry: Entry): void {
    entries.push(entry);
    for (const look of this.#watchers) look();
  }

  async #receiveRecords(): Promise<string> {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        response.end();
        this.#changed(this.#records, { path: request.url ?? "", body });
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#closers.push(() => new Promise((resolve) => server.close(resolve)));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #makeFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "runtime-aws-lambda-conformance-"));
    this.#closers.push(() => rm(folder, { recursive: true }));
    // Also for the user of a container.
    await chmod(folder, 0o755);
    return folder;
  }

  async #makeExtensionLayer(source: string): Promise<string> {
    const folder = await this.#makeFolder();
    await mkdir(join(folder, "extensions"));
    await copyFile(source, join(folder, "extensions/scripted"));
    return folder;
  }

  async #makeLayer(): Promise<string> {
    const folder = await this.#makeFolder();
    await mkdir(join(folder, "bin"));
    await writeFile(join(folder, "bin/layer-file"), "from a layer");
    return folder;
  }
}

/** The script as the bootstrap reads it. */
function withoutExpectation(step: object): object {
  const { expect, ...rest } = step as { readonly expect?: unknown };
  return expect === undefined ? rest : { ...rest, observe: true };
}

function readObservation({ source, line }: LogEvent): Observation | undefined {
  return source !== "platform" && line.startsWith('{"observed":') ? (JSON.parse(line) as Observation) : undefined;
}
