/** Renders the events of builds: a live list on a terminal, plain lines elsewhere. The only importer of listr2. */
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

/** Runs the builds one after the other and shows how they go. Rejects with the first failure. */
export async function reportBuilds(
  builds: readonly PendingBuild[],
  mode: ReportMode,
): Promise<readonly (readonly BuildResult[])[]> {
  // A terminal of no width (a pty that was never given one) has no place for a list.
  if (mode === "normal" && process.stderr.isTTY && process.stderr.columns > 0) return reportOnTerminal(builds);
  const results: (readonly BuildResult[])[] = [];
  for (const { label, run } of builds) {
    // oxlint-disable-next-line no-await-in-loop -- one build already uses every core
    results.push(await run((event) => printEvent(label, event, mode)));
  }
  return results;
}

function printEvent(label: string, event: BuildEvent, mode: ReportMode): void {
  const line = formatEvent(label, event, mode === "verbose");
  if (mode !== "quiet" && line !== undefined) process.stderr.write(`${line}\n`);
}

/** Undefined for what a reader of plain lines does not need. */
function formatEvent(label: string, event: BuildEvent, isVerbose: boolean): string | undefined {
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
      return `warning: ${event.message} (${event.code})`;
  }
}

async function reportOnTerminal(builds: readonly PendingBuild[]): Promise<readonly (readonly BuildResult[])[]> {
  const results: (readonly BuildResult[])[] = [];
  const notes: string[] = [];
  const tasks = builds.map(({ label, run }): ListrTask => ({
    title: label,
    async task(_context, task) {
      results.push(
        await run((event) => {
          if (event.type === "step-started") task.output = event.step;
          else if (event.type === "log") task.output = `${event.step}: ${event.line}`;
          else if (event.type !== "step-finished") notes.push(formatEvent(label, event, false) ?? "");
        }),
      );
    },
  }));
  try {
    await new Listr(tasks, {
      concurrent: false,
      exitOnError: true,
      // Signals are the command's business.
      registerSignalListeners: false,
      fallbackRendererCondition: false,
      rendererOptions: {
        showErrorMessage: false,
        // stdout carries the result only.
        logger: new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) }),
      },
    }).run();
  } finally {
    for (const note of notes) process.stderr.write(`${note}\n`);
  }
  return results;
}
