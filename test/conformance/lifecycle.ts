/** Execution environments: how they come, stay and go. */
import type { Behaviour } from "./behaviour.ts";
import { invocationLines } from "./log-lines.ts";
import { guide, own } from "./sources.ts";
import { anEvent, answered, failed, next, platformFailure, response } from "./steps.ts";

const environments = guide("lambda-runtime-environment");
const hung = platformFailure("Sandbox.Timedout", "Task timed out after 2.00 seconds");

export const lifecycle: readonly Behaviour[] = [
  {
    behaviour: "A warm environment is used again; one more is started for a second caller",
    fidelity: {
      kind: "approximate",
      how: "an environment that has answered may be given the next event before its runtime asks for it",
      source: environments,
    },
    cases: [
      {
        name: "one after the other",
        bootstrap: [next(anEvent), response('"first of its environment"')],
        invoke: [answered('"first of its environment"'), answered("{}"), answered("{}")],
      },
      {
        name: "at the same time",
        options: { timeoutMs: 2000 },
        bootstrap: [
          next(anEvent),
          { do: "write", body: "hanging\n", onlyIf: "hang" },
          { do: "hang", onlyIf: "hang" },
          response('"first of its environment"'),
        ],
        invoke: [failed(hung, { body: '"hang"', until: "hanging" }), answered('"first of its environment"')],
      },
    ],
  },
  {
    behaviour: "Provisioned concurrency: environments that start with the emulator, `AWS_LAMBDA_INITIALIZATION_TYPE`",
    fidelity: { kind: "exact", source: guide("provisioned-concurrency") },
    cases: [
      {
        name: "before anybody invokes",
        options: { warm: 1 },
        bootstrap: [
          { do: "inspect", expect: { AWS_LAMBDA_INITIALIZATION_TYPE: "provisioned-concurrency" } },
          { do: "write", body: "started\n" },
        ],
        invoke: [],
        log: ["started"],
      },
      {
        name: "and with an invocation",
        options: { warm: 1 },
        bootstrap: [{ do: "write", body: "started\n" }],
        invoke: [answered("{}", { after: "started" })],
        log: ["started", ...invocationLines()],
      },
    ],
  },
  {
    behaviour: "INIT_REPORT of provisioned concurrency",
    fidelity: {
      kind: "approximate",
      how: "of a failed init only",
      source: environments,
    },
    cases: [
      {
        name: "no line",
        options: { warm: 1 },
        bootstrap: [],
        invoke: [answered("{}")],
        log: invocationLines(),
      },
    ],
  },
  {
    behaviour: "Idle environments",
    fidelity: {
      kind: "approximate",
      how: "ended after `idleTimeoutMs`, ten minutes by default; Lambda does not say when",
      source: environments,
    },
    cases: [],
    untested: "it takes a clock of the test's own; see test/emulator/environment-pool.test.ts",
  },
  {
    behaviour: "The end of an environment: SIGKILL without extensions, SIGTERM and a budget with them",
    fidelity: { kind: "exact", source: guide("runtimes-extensions-api") },
    cases: [],
    untested: "it takes several extensions, and a look at the time: test/emulator/extensions.test.ts",
  },
  {
    behaviour: "Frozen between invocations",
    fidelity: { kind: "approximate", how: "not frozen", source: environments },
    cases: [
      {
        name: "output of the meantime",
        bootstrap: [
          next(anEvent, { connection: "waiting" }),
          response("1"),
          { do: "send", method: "GET", path: "/runtime/invocation/next", connection: "waiting" },
          { do: "write", body: "not frozen\n" },
          { do: "receive", connection: "waiting" },
          response("2"),
        ],
        invoke: [answered("1"), answered("2", { after: "not frozen" })],
      },
    ],
  },
  {
    behaviour: "Layers in `/opt`, later ones over earlier ones; a bootstrap in a layer",
    fidelity: {
      kind: "approximate",
      how: "exact in a container; as a process of this machine a folder that stands in `PATH` and `LD_LIBRARY_PATH` instead of `/opt`",
      source: guide("chapter-layers"),
    },
    cases: [
      {
        name: "programs of a layer",
        options: { layers: ["{layers}"] },
        bootstrap: [{ do: "inspect", expect: { layerFile: "from a layer", PATH: "{any}/bin" } }],
        invoke: [answered("{}")],
      },
    ],
  },
  {
    behaviour: "Symbolic links in a zip",
    fidelity: { kind: "approximate", how: "the archive is refused; Lambda keeps them", source: own },
    cases: [],
    untested: "an emulator that starts is what the cases need; see test/archive",
  },
];
