/** What a function finds in its environment. */
import type { Behaviour, Pattern } from "./behaviour.ts";
import { guide, own, recorded } from "./sources.ts";
import { answered } from "./steps.ts";

const document = guide("configuration-envvars");
const reserved: Readonly<Record<string, Pattern>> = {
  _HANDLER: "orders.handler",
  AWS_LAMBDA_RUNTIME_API: /^[0-9.]+:\d+$/,
  LAMBDA_RUNTIME_DIR: "/var/runtime",
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_LAMBDA_FUNCTION_NAME: "{functionName}",
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
  AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
  AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/{functionName}",
  AWS_LAMBDA_LOG_STREAM_NAME: /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/,
  AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
  LANG: "en_US.UTF-8",
  TZ: ":UTC",
  PATH: "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
};

export const environmentVariables: readonly Behaviour[] = [
  {
    behaviour: "Environment variables: names and values of a custom runtime; those of the function; nothing of yours",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "as recorded",
        options: { memoryMib: 256, handler: "orders.handler", environment: { TABLE: "orders" } },
        bootstrap: [
          {
            do: "inspect",
            expect: {
              ...reserved,
              TABLE: "orders",
              _X_AMZN_TRACE_ID: undefined,
              AWS_EXECUTION_ENV: undefined,
              AWS_LAMBDA_LOG_FORMAT: undefined,
              AWS_LAMBDA_LOG_LEVEL: undefined,
              AWS_LAMBDA_MAX_CONCURRENCY: undefined,
              NODE_PATH: undefined,
              VITEST: undefined,
              arguments: "",
              workingDirectoryIsOwn: "true",
            },
          },
        ],
        invoke: [answered("{}")],
      },
      {
        name: "those that a function may replace",
        options: { environment: { TZ: "Europe/Berlin", LANG: "C", PATH: "/bin", AWS_XRAY_CONTEXT_MISSING: "IGNORE" } },
        bootstrap: [
          {
            do: "inspect",
            expect: { TZ: "Europe/Berlin", LANG: "C", PATH: "/bin", AWS_XRAY_CONTEXT_MISSING: "IGNORE" },
          },
        ],
        invoke: [answered("{}")],
      },
    ],
  },
  {
    behaviour: "Environment variables: credentials",
    fidelity: {
      kind: "approximate",
      how: "placeholders that no AWS service accepts, unless real ones are passed on purpose",
      source: own,
    },
    cases: [
      {
        name: "EMULATED",
        bootstrap: [
          {
            do: "inspect",
            expect: {
              AWS_ACCESS_KEY_ID: "EMULATED",
              AWS_SECRET_ACCESS_KEY: "EMULATED",
              AWS_SESSION_TOKEN: "EMULATED",
            },
          },
        ],
        invoke: [answered("{}")],
      },
    ],
  },
  {
    behaviour: "Environment variables: X-Ray daemon, `LD_LIBRARY_PATH`",
    fidelity: {
      kind: "approximate",
      how: "there is no daemon without `xray`; the path has no folders of managed runtimes",
      source: recorded,
    },
    cases: [
      {
        name: "absent, and shorter",
        bootstrap: [
          {
            do: "inspect",
            expect: {
              AWS_XRAY_DAEMON_ADDRESS: undefined,
              _AWS_XRAY_DAEMON_ADDRESS: undefined,
              _AWS_XRAY_DAEMON_PORT: undefined,
              LD_LIBRARY_PATH: /^\/lib64:\/usr\/lib64:(\/.+):\1\/lib:\/opt\/lib$/,
            },
          },
        ],
        invoke: [answered("{}")],
      },
    ],
  },
  {
    behaviour: "`LAMBDA_TASK_ROOT`, `/tmp`, user, read-only code",
    fidelity: {
      kind: "approximate",
      how: "in a container: as on Lambda, by another number of the user; as a process of this machine: the real folder, a folder for each environment in `TMPDIR`, yours",
      source: recorded,
    },
    cases: [
      {
        name: "Lambda's layout",
        bootstrap: [
          {
            do: "inspect",
            expect: {
              LAMBDA_TASK_ROOT: "/var/task",
              TMPDIR: undefined,
              temporaryFolder: "/tmp",
              temporaryIsWritable: "true",
              taskRootIsWritable: "false",
              uid: "993",
            },
          },
        ],
        invoke: [answered("{}")],
        only: { launcher: "container", because: "a process has the file system of this machine" },
      },
      {
        name: "this machine's",
        bootstrap: [
          {
            do: "inspect",
            expect: {
              LAMBDA_TASK_ROOT: /\/test\/peers\/go\/bin$/,
              TMPDIR: "{any}/tmp-{any}",
              temporaryIsWritable: "true",
            },
          },
        ],
        invoke: [answered("{}")],
        only: { launcher: "host", because: "a container has a file system of its own" },
      },
    ],
  },
  {
    behaviour: "`/tmp` after a crash or a timeout: kept",
    fidelity: {
      kind: "approximate",
      how: "as a process of this machine the next environment gets it; a container's is lost",
      source: guide("lambda-runtime-environment"),
    },
    cases: [],
    untested: "it takes several environments; see test/emulator/environment-pool.test.ts",
  },
  {
    behaviour: "Reserved names, names that Lambda does not accept, more than 4 KB",
    fidelity: { kind: "exact", how: "the emulator does not start, as CreateFunction refuses them", source: document },
    cases: [],
    untested: "an emulator that starts is what the cases need; see test/emulator/start-emulator.test.ts",
  },
];
