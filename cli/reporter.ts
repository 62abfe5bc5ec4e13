/** Runs builds and renders their events: a live list on a terminal, plain lines elsewhere. The only importer of listr2. */
import { Listr, ListrLogger, ProcessOutput, type ListrTask } from "listr2";
import type { BuildEvent, BuildResult } from "../builder/index.ts";
import { seconds } from "./build-report-output.ts";

/** One build, not yet started. */
export interface PendingBuild {
  /** Begins its lines. */
  readonly label: string;
  readonly run: (onEvent: (event: BuildEvent) => void) => Promise<readonly BuildResult[]>;
}

/** `quiet`: nothing; `normal`: steps and notices; `verbose`: also what the tools print. */
export type ReportMode = "quiet" | "normal" | "verbose";

/** How a build ended: `error` is undefined for one that went well. */
export interface BuildOutcome {
  readonly label: string;
  readonly results: readonly BuildResult[];
  readonly error: unknown;
}

export interface ReportOptions {
  readonly mode: ReportMode;
  /** Builds at a time. */
  readonly jobs: number;
  /** After its abort no build is begun. */
  readonly signal: AbortSignal;
}

/**
 * Runs the builds, as many at a time as there are `jobs`, and shows how they go. A failure does not end the others.
 *
 * @returns one outcome for each build, in the order of the builds
 */
export async function reportBuilds(
  builds: readonly PendingBuild[],
  options: ReportOptions,
): Promise<readonly BuildOutcome[]> {
  const { mode, jobs } = options;
  const isOneOfSeveral = builds.length > 1;
  // A terminal of no width (a pty that was never given one) has no place for a list.
  if (mode === "normal" && process.stderr.isTTY && process.stderr.columns > 0) return reportOnTerminal(builds, options);
  const outcomes: BuildOutcome[] = [];
  // The same notice from several builds is said once; a warning says whose it is.
  const notes = new Set<string>();
  const waiting = builds.entries();
  const worker = async (): Promise<void> => {
    for (const [index, build] of waiting) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, beside the other workers
      outcomes[index] = await outcomeOf(build, options, (event) => {
        printEvent(build.label, event, { mode, notes, isOneOfSeveral });
      });
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return outcomes;
}

async function outcomeOf(
  { label, run }: PendingBuild,
  { signal }: ReportOptions,
  onEvent: (event: BuildEvent) => void,
): Promise<BuildOutcome> {
  try {
    signal.throwIfAborted();
    return { label, results: await run(onEvent), error: undefined };
  } catch (error) {
    return { label, results: [], error };
  }
}

function printEvent(
  label: string,
  event: BuildEvent,
  {
    mode,
    notes,
    isOneOfSeveral,
  }: { readonly mode: ReportMode; readonly notes: Set<string>; readonly isOneOfSeveral: boolean },
): void {
  const line = formatEvent(label, event, { isVerbose: mode === "verbose", isOneOfSeveral });
  if (mode === "quiet" || line === undefined || notes.has(line)) return;
  if (event.type === "notice") notes.add(line);
  process.stderr.write(`${line}\n`);
}

/** Undefined for what a reader of plain lines does not need. */
function formatEvent(
  label: string,
  event: BuildEvent,
  { isVerbose, isOneOfSeveral }: { readonly isVerbose: boolean; readonly isOneOfSeveral: boolean },
): string | undefined {
  switch (event.type) {
    case "step-started":
      return isVerbose ? `${label}: ${event.step} …` : undefined;
    case "step-finished":
      return `${label}: ${event.step} ${seconds(event.durationMs)}`;
    case "log":
      return isVerbose ? `${label}: ${event.step} | ${event.line}` : undefined;
    case "notice":
      return event.message;
    case "warning":
      return `${isOneOfSeveral ? `${label}: ` : ""}warning: ${event.message} (${event.code})`;
  }
}

async function reportOnTerminal(
  builds: readonly PendingBuild[],
  options: ReportOptions,
): Promise<readonly BuildOutcome[]> {
  const format = { isVerbose: false, isOneOfSeveral: builds.length > 1 };
  const outcomes: BuildOutcome[] = [];
  // The same notice from several builds is said once; a warning says whose it is.
  const notes = new Set<string>();
  const tasks = builds.map((build, index): ListrTask => ({
    title: build.label,
    async task(_context, task) {
      const outcome = await outcomeOf(build, options, (event) => {
        if (event.type === "step-started") task.output = event.step;
        else if (event.type === "log") task.output = `${event.step}: ${event.line}`;
        else if (event.type !== "step-finished") notes.add(formatEvent(build.label, event, format) ?? "");
      });
      outcomes[index] = outcome;
      // Shown as failed; the message comes below the list.
      if (outcome.error !== undefined) throw outcome.error as Error;
    },
  }));
  await new Listr(tasks, {
    concurrent: options.jobs,
    exitOnError: false,
    // Signals are the command's business.
    registerSignalListeners: false,
    fallbackRendererCondition: false,
    rendererOptions: {
      showErrorMessage: false,
      // stdout carries the result only.
      logger: new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) }),
    },
  }).run();
  for (const note of notes) process.stderr.write(`${note}\n`);
  return outcomes;
}
