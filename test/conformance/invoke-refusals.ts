/** What `Invoke` refuses, and what else the service does not answer. */
import type { Behaviour, CallerRequest } from "./behaviour.ts";
import { api, guide, own, recorded } from "./sources.ts";
import { answered, failed, invocationsPath, next, platformFailure, refused } from "./steps.ts";

const arn = "arn:aws:lambda:us-east-1:000000000000:function:";
const notFound = (name: string, more: Partial<CallerRequest>): CallerRequest =>
  refused(404, "ResourceNotFoundException", { Type: "User", Message: `Function not found: ${arn}${name}` }, more);
const notInSet = (value: string, at: string, set: string, more: Partial<CallerRequest>): CallerRequest =>
  refused(
    400,
    "ValidationException",
    {
      message: `1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: Member must satisfy enum value set: [${set}]`,
    },
    more,
  );
const notEmulated = (what: string, method: string, path: string): CallerRequest =>
  refused(
    501,
    "NotEmulatedException",
    { Type: "User", message: `${what} is not emulated` },
    { method, path: path.replace(/^\.\.\./, "/2015-03-31/functions/{functionName}") },
  );
const tooLarge = (bytes: number, more: Partial<CallerRequest>): CallerRequest =>
  refused(
    413,
    "RequestEntityTooLargeException",
    { Message: `Request must be smaller than ${bytes} bytes for the InvokeFunction operation` },
    more,
  );
const badContext = (context: string): CallerRequest =>
  refused(
    400,
    "InvalidRequestContentException",
    { Type: "User", message: "Client context must be a valid Base64-encoded JSON object." },
    { headers: { "X-Amz-Client-Context": context } },
  );
const hung = platformFailure("Sandbox.Timedout", "Task timed out after 3.00 seconds");
const throttled: CallerRequest = {
  expect: {
    status: 429,
    headers: { "x-amzn-errortype": "TooManyRequestsException", "retry-after": "{digits}" },
    body: '{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}',
  },
};

export const invokeRefusals: readonly Behaviour[] = [
  {
    behaviour: "404 for an unknown function",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "invoked and dry",
        invoke: [
          notFound("nope:$LATEST", { path: "/2015-03-31/functions/nope/invocations" }),
          notFound("nope:$LATEST", {
            path: "/2015-03-31/functions/nope/invocations",
            headers: { "X-Amz-Invocation-Type": "DryRun" },
          }),
        ],
      },
    ],
  },
  {
    behaviour: "Versions and aliases",
    fidelity: {
      kind: "approximate",
      how: "404 for any qualifier but `$LATEST`, as for a function without them",
      source: recorded,
    },
    cases: [
      {
        name: "in the query and in the name",
        invoke: [
          notFound("{functionName}:prod", { path: `${invocationsPath}?Qualifier=prod` }),
          notFound("{functionName}:1", { path: "/2015-03-31/functions/{functionName}:1/invocations" }),
        ],
      },
    ],
  },
  {
    behaviour: "400 for two qualifiers that differ",
    fidelity: { kind: "exact", source: api("Invoke"), unverified: true },
    cases: [
      {
        name: "name and query",
        invoke: [
          refused(
            400,
            "InvalidParameterValueException",
            {
              Type: "User",
              message: "The derived qualifier from the function name does not match the specified qualifier.",
            },
            { path: "/2015-03-31/functions/{functionName}:1/invocations?Qualifier=2" },
          ),
        ],
      },
    ],
  },
  {
    behaviour: "400 for what cannot be a function name",
    fidelity: { kind: "approximate", how: "the pattern in the message is the emulator's", source: api("Invoke") },
    cases: [
      {
        name: "a blank",
        invoke: [
          {
            path: "/2015-03-31/functions/a%20b/invocations",
            expect: {
              status: 400,
              headers: { "x-amzn-errortype": "ValidationException" },
              body: /^\{"message":"1 validation error detected: Value 'a b' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: .*"\}$/,
            },
          },
        ],
      },
    ],
  },
  {
    behaviour: "400 for a body that is no JSON",
    fidelity: { kind: "approximate", how: "the parser's words are V8's", source: recorded },
    cases: [
      {
        name: "in front of both kinds of invocation",
        invoke: [{}, { "X-Amz-Invocation-Type": "Event" }].map((headers) => ({
          headers,
          body: "nope",
          expect: {
            status: 400,
            headers: { "x-amzn-errortype": "InvalidRequestContentException" },
            body: /^\{"Type":"User","message":"Could not parse request body into json: Could not parse payload into json: Unexpected .*"\}$/,
          },
        })),
      },
    ],
  },
  {
    behaviour: "400 for an unknown invocation or log type",
    fidelity: { kind: "exact", source: recorded, unverified: true },
    cases: [
      {
        name: "with the set",
        invoke: [
          notInSet("Later", "invocationType", "Event, RequestResponse, DryRun", {
            headers: { "X-Amz-Invocation-Type": "Later" },
          }),
          notInSet("Head", "logType", "None, Tail", { headers: { "X-Amz-Log-Type": "Head" } }),
        ],
      },
    ],
  },
  {
    behaviour: "400 for a client context that is no JSON or has more than 3,583 bytes",
    fidelity: { kind: "exact", source: api("Invoke"), unverified: true },
    cases: [
      {
        name: "both",
        invoke: [
          badContext(Buffer.from("{").toString("base64")),
          badContext(Buffer.from(JSON.stringify({ custom: { a: "x".repeat(3583) } })).toString("base64")),
        ],
      },
    ],
  },
  {
    behaviour: "413 above 6,291,456 bytes",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "one byte more, and the most that is allowed",
        bootstrap: [next({ status: 200, body: "{any}" })],
        invoke: [
          tooLarge(6_291_456, { body: "1", times: 6_291_457 }),
          { body: "1", times: 6_291_456, expect: { status: 200, headers: { "content-length": "6291456" } } },
        ],
      },
    ],
  },
  {
    behaviour: "413 for `Event` above 1,048,576 bytes",
    fidelity: { kind: "exact", source: guide("gettingstarted-limits"), unverified: true },
    cases: [
      {
        name: "one byte more, and the most that is allowed",
        bootstrap: [next({ status: 200, body: "{any}" })],
        invoke: [
          tooLarge(1_048_576, { body: "1", times: 1_048_577, headers: { "X-Amz-Invocation-Type": "Event" } }),
          { body: "1", times: 1_048_576, headers: { "X-Amz-Invocation-Type": "Event" }, expect: { status: 202 } },
        ],
      },
    ],
  },
  {
    behaviour: "429 when all environments are busy, and with a concurrency of 0",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "two environments and a third caller",
        options: { concurrency: 2, timeoutMs: 3000 },
        bootstrap: [
          next(),
          { do: "write", body: "one hangs\n", onlyIf: "one" },
          { do: "write", body: "two hangs\n", onlyIf: "two" },
          { do: "hang" },
        ],
        invoke: [
          failed(hung, { body: '"one"', until: "one hangs" }),
          failed(hung, { body: '"two"', until: "two hangs" }),
          throttled,
        ],
      },
      { name: "none at all", options: { concurrency: 0 }, invoke: [throttled] },
    ],
  },
  {
    behaviour: "Callers that name another host than this machine (DNS rebinding)",
    fidelity: { kind: "refused", how: "403 `AccessDeniedException`", source: own },
    cases: [
      {
        name: "a name of the web",
        invoke: [
          {
            headers: { Host: "lambda.example" },
            expect: { status: 403, headers: { "x-amzn-errortype": "AccessDeniedException" } },
          },
          answered("{}", { headers: { Host: "localhost" } }),
        ],
      },
    ],
  },
  {
    behaviour: "`InvokeAsync`, everything that would change a function or its URL, layers, tags",
    fidelity: { kind: "refused", source: api("operations") },
    cases: [
      {
        name: "by name",
        invoke: [
          notEmulated("InvokeAsync", "POST", "/2014-11-13/functions/{functionName}/invoke-async/"),
          notEmulated("CreateFunction", "POST", "/2015-03-31/functions"),
          notEmulated("DeleteFunction", "DELETE", "..."),
          notEmulated("UpdateFunctionCode", "PUT", ".../code"),
          notEmulated("UpdateFunctionConfiguration", "PUT", ".../configuration"),
          notEmulated("PublishVersion", "POST", ".../versions"),
          notEmulated("ListVersionsByFunction", "GET", ".../versions"),
          notEmulated("ListAliases", "GET", ".../aliases"),
          notEmulated("GetPolicy", "GET", ".../policy"),
          notEmulated("CreateFunctionUrlConfig", "POST", "/2021-10-31/functions/{functionName}/url"),
          notEmulated("PutFunctionConcurrency", "PUT", "/2017-10-31/functions/{functionName}/concurrency"),
          notEmulated(
            "PutProvisionedConcurrencyConfig",
            "PUT",
            "/2019-09-30/functions/{functionName}/provisioned-concurrency",
          ),
          notEmulated(
            "PutFunctionEventInvokeConfig",
            "PUT",
            "/2019-09-25/functions/{functionName}/event-invoke-config",
          ),
          notEmulated("ListTags", "GET", "/2017-03-31/tags/any"),
          notEmulated("ListLayers", "GET", "/2018-10-31/layers"),
          notEmulated("GET /nothing", "GET", "/nothing"),
        ],
      },
    ],
  },
  {
    behaviour:
      "Event source mappings: queues and streams (SQS, Kinesis, DynamoDB, Kafka, Amazon MQ, DocumentDB) that Lambda polls",
    fidelity: { kind: "refused", source: guide("invocation-eventsourcemapping") },
    cases: [
      {
        name: "by name",
        invoke: [
          notEmulated("CreateEventSourceMapping", "POST", "/2015-03-31/event-source-mappings"),
          notEmulated("ListEventSourceMappings", "GET", "/2015-03-31/event-source-mappings"),
        ],
      },
    ],
  },
];
