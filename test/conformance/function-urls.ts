/** Function URLs: events, answers, streams and refusals. The APIs of API Gateway and load balancers have tests of their own. */
import type { Behaviour, CallerRequest, ExpectedAnswer, Pattern } from "./behaviour.ts";
import { apiGateway, api, guide, recorded } from "./sources.ts";
import { accepted, anEvent, error, next, response } from "./steps.ts";

const path = "/lambda-url/{functionName}/";
const streamMode = { "Lambda-Runtime-Function-Response-Mode": "streaming" };
const prelude = { ...streamMode, "Content-Type": "application/vnd.awslambda.http-integration-response" };
const json = { "content-type": "application/json" };
const urlOfStream = { url: { invokeMode: "RESPONSE_STREAM" } } as const;
const internalServerError: ExpectedAnswer = { status: 502, body: "Internal Server Error" };
const noMore = '{"errorMessage":"no more","errorType":"Function.NoMore"}';

/** The event of a request, in AWS's order. */
function event(parts: {
  rawPath?: string;
  query?: string;
  cookies?: string;
  headers?: string;
  parameters?: string;
  method?: string;
  decodedPath?: string;
  body?: string;
  isBase64Encoded?: boolean;
}): ExpectedAnswer {
  const { rawPath = "/", query = "", cookies = "", headers = "{any}", parameters = "" } = parts;
  const { method = "POST", decodedPath = rawPath, body, isBase64Encoded = false } = parts;
  const text =
    `{"version":"2.0","routeKey":"$default","rawPath":"${rawPath}","rawQueryString":"${query}",${cookies}` +
    `"headers":{${headers}},${parameters}"requestContext":{"accountId":"anonymous","apiId":"{functionName}",` +
    `"domainName":"127.0.0.1:{digits}","domainPrefix":"{functionName}","http":{"method":"${method}",` +
    `"path":"${decodedPath}","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"{any}"},` +
    `"requestId":"{requestId}","routeKey":"$default","stage":"$default",` +
    `"time":"{digits}/{any}/{digits}:{digits}:{digits}:{digits} +0000","timeEpoch":{digits}},` +
    `${body === undefined ? "" : `"body":${JSON.stringify(body)},`}"isBase64Encoded":${isBase64Encoded}}`;
  return { status: 200, body: text };
}

/** What a function returns, and what its URL answers. */
function answer(result: string, expect: ExpectedAnswer): { readonly result: string; readonly call: CallerRequest } {
  return { result, call: { path, expect } };
}
const answers = [
  answer(
    '{"statusCode":418,"headers":{"X-Tea":"green","Content-Length":"9"},"cookies":["a=1","b=2"],"body":"dGVh","isBase64Encoded":true}',
    {
      status: 418,
      headers: { ...json, "x-tea": "green", "x-amzn-remapped-content-length": "9", "content-length": "3" },
      body: "tea",
    },
  ),
  answer('{"statusCode":"418"}', { status: 418, headers: json, body: "" }),
  answer('{"tea":"green"}', { status: 200, headers: json, body: '{"tea":"green"}' }),
  answer('"hello"', { status: 200, headers: json, body: "hello" }),
  answer('["hello",3,true]', { status: 200, headers: json, body: '["hello",3,true]' }),
  answer("3.1", { status: 200, headers: json, body: "3.1" }),
];
const withIds: Readonly<Record<string, Pattern>> = {
  "x-amzn-requestid": "{uuid}",
  "x-amzn-trace-id": /^root=1-[0-9a-f]{8}-[0-9a-f]{24};parent=[0-9a-f]{16};sampled=0$/,
};

export const functionUrls: readonly Behaviour[] = [
  {
    behaviour: "Function URLs: requests as events of payload 2.0",
    fidelity: {
      kind: "approximate",
      how:
        "by path (`/lambda-url/<name>/`) or host name (`<name>.lambda-url.localhost`), over HTTP though the event says HTTPS; " +
        "the id of the URL is the function's name",
      source: recorded,
    },
    cases: [
      {
        name: "path, query, cookies and headers",
        bootstrap: [
          next(
            event({
              rawPath: "/a%20b",
              decodedPath: "/a b",
              query: "x=1&x=2&plus=a+b&empty=",
              cookies: '"cookies":["s=1","t=2"],',
              headers:
                '"cookie":"s=1; t=2","x-probe":"first","host":"127.0.0.1:{digits}","x-amzn-trace-id":"Root=1-{hex}-{hex}",' +
                '"x-forwarded-for":"127.0.0.1","x-forwarded-port":"443","x-forwarded-proto":"https",' +
                '"x-amzn-tls-cipher-suite":"TLS_AES_128_GCM_SHA256","x-amzn-tls-version":"TLSv1.3"',
              parameters: '"queryStringParameters":{"x":"1,2","plus":"a b","empty":""},',
              method: "GET",
            }),
          ),
          response("1", accepted),
        ],
        invoke: [
          {
            method: "GET",
            path: `${path}a%20b?x=1&x=2&plus=a+b&empty=`,
            headers: { Cookie: "s=1; t=2", "X-Probe": "first" },
            expect: { status: 200, headers: withIds },
          },
        ],
      },
      {
        name: "a body of text",
        bootstrap: [next(event({ body: '{"ä":1}' })), response("1", accepted)],
        invoke: [{ path, headers: { "Content-Type": "application/json" }, body: '{"ä":1}', expect: anEvent }],
      },
      {
        name: "a form, in Base64",
        bootstrap: [next(event({ body: "YT0x", isBase64Encoded: true })), response("1", accepted)],
        invoke: [
          { path, headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "a=1", expect: anEvent },
        ],
      },
    ],
  },
  {
    behaviour: "Function URLs, `BUFFERED`: answers with a status, and those that are inferred",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "each kind",
        bootstrap: answers.flatMap(({ result }) => [next(anEvent), response(result, accepted)]),
        invoke: answers.map(({ call }) => call),
      },
    ],
  },
  {
    behaviour:
      "Function URLs: 502 for a function error, 403 for an unknown function, 429 when all environments are busy",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "a function error",
        bootstrap: [next(anEvent), error(noMore, accepted)],
        invoke: [{ path, expect: internalServerError }],
      },
      {
        name: "nobody",
        invoke: [
          {
            path: "/lambda-url/nobody/",
            expect: {
              status: 403,
              headers: { ...json, "x-amzn-errortype": "AccessDeniedException" },
              body: '{"Message":null}',
            },
          },
        ],
      },
      { name: "no environment", options: { concurrency: 0 }, invoke: [{ path, expect: { status: 429 } }] },
    ],
  },
  {
    behaviour: "Function URLs: 413 for an event above 6,291,456 bytes",
    fidelity: { kind: "exact", source: guide("gettingstarted-limits"), unverified: true },
    cases: [
      {
        name: "Base64 counts",
        invoke: [
          {
            path,
            body: "x",
            times: 4_800_000,
            expect: { status: 413, headers: { "x-amzn-errortype": "RequestEntityTooLargeException" } },
          },
        ],
      },
    ],
  },
  {
    behaviour: "Function URLs, `RESPONSE_STREAM`: status, headers and cookies of a prelude, however it is cut",
    fidelity: { kind: "exact", source: recorded },
    cases: [
      {
        name: "in pieces",
        options: urlOfStream,
        bootstrap: [
          next(anEvent),
          response("", accepted, {
            headers: prelude,
            chunks: ['{"statusCode":201,"headers":{"x-', 'tea":"green"}}\0\0\0', "\0\0\0\0\0te", "a"],
          }),
        ],
        invoke: [{ path, expect: { status: 201, headers: { "x-tea": "green", ...withIds }, body: "tea" } }],
      },
      {
        name: "without a prelude",
        options: urlOfStream,
        bootstrap: [
          next(anEvent),
          response("", accepted, { headers: { ...streamMode, "Content-Type": "text/csv" }, chunks: ["a,", "b"] }),
        ],
        invoke: [{ path, expect: { status: 200, headers: { "content-type": "text/csv" }, body: "a,b" } }],
      },
      {
        name: "what did not stream is sent as it is",
        options: urlOfStream,
        bootstrap: [next(anEvent), response('{"statusCode":418,"body":"tea"}', accepted)],
        invoke: [{ path, expect: { status: 200, headers: json, body: '{"statusCode":418,"body":"tea"}' } }],
      },
    ],
  },
  {
    behaviour: "Function URLs, `RESPONSE_STREAM`: 502 for an error before the first byte",
    fidelity: { kind: "exact", source: recorded, unverified: true },
    cases: [
      {
        name: "a function error",
        options: urlOfStream,
        bootstrap: [next(anEvent), error(noMore, accepted)],
        invoke: [{ path, expect: internalServerError }],
      },
    ],
  },
  {
    behaviour: "Function URLs: preflights answered, and CORS headers added, as configured",
    fidelity: { kind: "exact", source: guide("urls-configuration") },
    cases: [
      {
        name: "a preflight, then the request",
        options: { url: { cors: { allowOrigins: ["https://app.example"], allowMethods: ["PUT"], maxAgeSeconds: 60 } } },
        invoke: [
          {
            method: "OPTIONS",
            path,
            headers: { Origin: "https://app.example", "Access-Control-Request-Method": "PUT" },
            expect: {
              status: 200,
              headers: {
                "access-control-allow-origin": "https://app.example",
                "access-control-allow-methods": "PUT",
                "access-control-max-age": "60",
              },
              body: "",
            },
          },
          {
            path,
            headers: { Origin: "https://other.example" },
            expect: { status: 200, headers: { "access-control-allow-origin": undefined } },
          },
        ],
      },
    ],
  },
  {
    behaviour: "Function URLs: authorization (`AWS_IAM`), resource policies",
    fidelity: {
      kind: "approximate",
      how: "none: every URL has the type `NONE` and is open",
      source: guide("urls-auth"),
    },
    cases: [{ name: "of anybody", invoke: [{ path, expect: { status: 200 } }] }],
  },
  {
    behaviour: "`GetFunctionUrlConfig`, `ListFunctionUrlConfigs`",
    fidelity: {
      kind: "approximate",
      how: "every function has a URL; its times are those of the code",
      source: api("GetFunctionUrlConfig"),
    },
    cases: [
      {
        name: "of a function",
        invoke: [
          {
            method: "GET",
            path: "/2021-10-31/functions/{functionName}/url",
            expect: {
              status: 200,
              headers: json,
              body:
                '{"FunctionUrl":"http://127.0.0.1:{digits}/lambda-url/{functionName}/",' +
                '"FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:{functionName}","AuthType":"NONE",' +
                '"CreationTime":"{time}","LastModifiedTime":"{time}","InvokeMode":"BUFFERED"}',
            },
          },
        ],
      },
    ],
  },
  {
    behaviour: "API Gateway HTTP API: routes, events of payload 2.0, answers, CORS",
    fidelity: {
      kind: "approximate",
      how: "one API with the options `routes`, `stage`, `stageVariables`, `cors`; no authorizers; the time limit is the function's",
      source: recorded,
    },
    cases: [],
    untested: "an emulator has one API; see test/emulator/api.test.ts and test/emulator/http",
  },
  {
    behaviour: "API Gateway REST API: resources, events of payload 1.0, answers, binary media types",
    fidelity: {
      kind: "approximate",
      how: "likewise; no mapping templates, API keys or usage plans",
      source: recorded,
    },
    cases: [],
    untested: "likewise",
  },
  {
    behaviour: "API Gateway REST API, response transfer mode `STREAM`: status and headers of a prelude, then the body",
    fidelity: {
      kind: "approximate",
      how: "for all routes of the API or none; 500 for an error before the prelude, and for what has none; no limits of time",
      source: apiGateway("response-transfer-mode-lambda"),
      unverified: true,
    },
    cases: [],
    untested: "likewise",
  },
  {
    behaviour: "Response streams of HTTP APIs and load balancers",
    fidelity: { kind: "refused", how: "the emulator does not start", source: apiGateway("response-transfer-mode") },
    cases: [],
    untested: "likewise; Lambda has none either",
  },
  {
    behaviour: "Application Load Balancer: events and answers, with and without multi-value headers, at most 1 MiB",
    fidelity: {
      kind: "approximate",
      how: "no health checks; the ARN of the target group is made up",
      source: recorded,
    },
    cases: [],
    untested: "likewise",
  },
];
