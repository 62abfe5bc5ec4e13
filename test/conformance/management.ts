/** What clients read of a function. */
import type { Behaviour, CallerRequest } from "./behaviour.ts";
import { api, recorded } from "./sources.ts";
import { refused } from "./steps.ts";

const arn = "arn:aws:lambda:us-east-1:000000000000:function:{functionName}";
const functionPath = "/2015-03-31/functions/{functionName}";
const get = (path: string, body: string | RegExp): CallerRequest => ({
  method: "GET",
  path,
  expect: { status: 200, headers: { "content-type": "application/json" }, body },
});
/** Everything that SDKs and waiters look at, in the emulator's order. */
const configuration =
  `{"FunctionName":"{functionName}","FunctionArn":"${arn}","Runtime":"provided.al2023",` +
  '"Role":"arn:aws:iam::000000000000:role/emulated","Handler":"{any}","CodeSize":{digits},"CodeSha256":"{any}=",' +
  '"Description":"","Timeout":7,"MemorySize":256,"LastModified":"{any}+0000","Version":"$LATEST","RevisionId":"{uuid}",' +
  '"Environment":{"Variables":{"TABLE":"orders",{any}}},"TracingConfig":{"Mode":"PassThrough"},"State":"Active",' +
  '"LastUpdateStatus":"Successful","PackageType":"Zip","Architectures":["{any}"],"EphemeralStorage":{"Size":512},' +
  '"SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},' +
  '"LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/{functionName}"}}';
const options = { timeoutMs: 7000, memoryMib: 256, environment: { TABLE: "orders" }, concurrency: 4 };

export const management: readonly Behaviour[] = [
  {
    behaviour: "`GetFunction`, `GetFunctionConfiguration`",
    fidelity: {
      kind: "approximate",
      how: "the role is invented, `Location` is a file, the revision changes with the code only",
      source: recorded,
    },
    cases: [
      {
        name: "by name and by ARN",
        options,
        invoke: [
          get(`${functionPath}/configuration`, configuration),
          get(`/2015-03-31/functions/${arn}/configuration?Qualifier=$LATEST`, configuration),
          get(
            functionPath,
            `{"Configuration":${configuration},"Code":{"RepositoryType":"S3","Location":"file:///{any}"},"Tags":{},"Concurrency":{"ReservedConcurrentExecutions":4}}`,
          ),
        ],
      },
    ],
  },
  {
    behaviour: "`ListFunctions` in pages",
    fidelity: { kind: "approximate", how: "the marker is the name of the next function", source: api("ListFunctions") },
    cases: [
      {
        name: "one by one, and refused markers",
        invoke: [
          get("/2015-03-31/functions?MaxItems=1", '{"Functions":[{"FunctionName":{any}}],"NextMarker":"{any}"}'),
          get(
            "/2015-03-31/functions/?Marker={functionName}",
            '{"Functions":[{"FunctionName":"{functionName}",{any}}]{any}}',
          ),
          refused(
            400,
            "InvalidParameterValueException",
            { Type: "User", message: "Invalid marker" },
            { method: "GET", path: "/2015-03-31/functions?Marker=nope" },
          ),
        ],
      },
    ],
  },
  {
    behaviour: "`GetFunctionConcurrency`, `GetFunctionEventInvokeConfig`",
    fidelity: {
      kind: "approximate",
      how: "every function has reserved concurrency and retries; destinations are as in the options; no `LastModified`",
      source: api("operations"),
    },
    cases: [
      {
        name: "with what was set, and without",
        options: { ...options, eventInvokeConfig: { maximumRetryAttempts: 1, maximumEventAgeMs: 60_000 } },
        invoke: [
          get("/2019-09-30/functions/{functionName}/concurrency", '{"ReservedConcurrentExecutions":4}'),
          get(
            "/2019-09-25/functions/{functionName}/event-invoke-config",
            `{"FunctionArn":"${arn}:$LATEST","MaximumRetryAttempts":1,"MaximumEventAgeInSeconds":60,"DestinationConfig":{"OnSuccess":{},"OnFailure":{}}}`,
          ),
        ],
      },
    ],
  },
  {
    behaviour: "`GetFunctionCodeSigningConfig`, `GetAccountSettings`",
    fidelity: {
      kind: "approximate",
      how: "an account without code signing and with Lambda's defaults",
      source: api("operations"),
    },
    cases: [
      {
        name: "constants",
        invoke: [
          get(
            "/2020-06-30/functions/{functionName}/code-signing-config",
            '{"CodeSigningConfigArn":"","FunctionName":"{functionName}"}',
          ),
          get(
            "/2016-08-19/account-settings",
            '{"AccountLimit":{"TotalCodeSize":80530636800,"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,"ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":1000},"AccountUsage":{"TotalCodeSize":0,"FunctionCount":{digits}}}',
          ),
        ],
      },
    ],
  },
  {
    behaviour: "404 for an unknown function, whatever is asked of it",
    fidelity: { kind: "exact", source: recorded, unverified: true },
    cases: [
      {
        name: "each route",
        invoke: [
          "/2015-03-31/functions/nope",
          "/2015-03-31/functions/nope/configuration",
          "/2019-09-30/functions/nope/concurrency",
          "/2019-09-25/functions/nope/event-invoke-config",
          "/2020-06-30/functions/nope/code-signing-config",
        ].map((path) =>
          refused(
            404,
            "ResourceNotFoundException",
            {
              Type: "User",
              Message: "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nope:$LATEST",
            },
            { method: "GET", path },
          ),
        ),
      },
    ],
  },
];
