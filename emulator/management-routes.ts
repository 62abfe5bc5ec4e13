/** The routes of the Lambda API that clients read before they invoke. Whatever would change a function is refused. */
import { stat } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import type { Destination } from "./destination.ts";
import { ServiceException } from "./errors.ts";
import { describeFunction } from "./function-description.ts";
import { parseFunctionName } from "./function-name.ts";
import { describeCors } from "./http/function-url-config.ts";
import { functionUrlOf } from "./http/function-url.ts";
import type { FunctionEntry, LambdaService } from "./lambda-service.ts";
import { invalidParameter } from "./service-refusals.ts";

interface FunctionRoute {
  Params: { functionName: string };
  Querystring: { Qualifier?: string };
}
interface ListRoute {
  Querystring: { MaxItems?: string; Marker?: string };
}

/** Adds the routes, and a hook for all of `app`. Source: AWS Lambda API reference, the operation named beside each. */
export function addManagementRoutes(app: FastifyInstance, service: LambdaService): void {
  const find = (request: { params: FunctionRoute["Params"]; query: FunctionRoute["Querystring"] }): FunctionEntry =>
    service.findFunction(parseFunctionName(request.params.functionName), request.query.Qualifier).entry;

  // Fastify names the character set, Lambda does not.
  app.addHook("onSend", (_request, reply, payload, done) => {
    void reply.type("application/json");
    done(null, payload);
  });

  // ListFunctions. Some SDKs end the path with a slash.
  for (const path of ["/2015-03-31/functions", "/2015-03-31/functions/"]) {
    app.get<ListRoute>(path, async ({ query }) => {
      const { page, NextMarker } = takePage(service.functions, query);
      const Functions = await Promise.all(page.map(describe));
      return { Functions, ...(NextMarker === undefined ? {} : { NextMarker }) };
    });
  }
  // GetFunction
  app.get<FunctionRoute>("/2015-03-31/functions/:functionName", async (request) => {
    const entry = find(request);
    const { concurrency } = entry.configuration;
    return {
      Configuration: await describe(entry),
      Code: { RepositoryType: "S3", Location: `file://${entry.code.codePath}` },
      Tags: {},
      Concurrency: { ReservedConcurrentExecutions: concurrency },
    };
  });
  // GetFunctionConfiguration
  app.get<FunctionRoute>("/2015-03-31/functions/:functionName/configuration", (request) => describe(find(request)));
  // No operation of Lambda: restores the snapshots that wait, and those that are still made.
  app.post<FunctionRoute>("/runtime-aws-lambda/functions/:functionName/restore", async (request) => ({
    restored: find(request).pool.restore(),
  }));
  // GetFunctionConcurrency
  app.get<FunctionRoute>("/2019-09-30/functions/:functionName/concurrency", async (request) => ({
    ReservedConcurrentExecutions: find(request).configuration.concurrency,
  }));
  // GetFunctionEventInvokeConfig
  app.get<FunctionRoute>("/2019-09-25/functions/:functionName/event-invoke-config", async (request) => {
    const { arn, eventInvokeConfig: config } = find(request).configuration;
    return {
      FunctionArn: `${arn}:$LATEST`,
      MaximumRetryAttempts: config.maximumRetryAttempts,
      MaximumEventAgeInSeconds: Math.ceil(config.maximumEventAgeMs / 1000),
      DestinationConfig: {
        OnSuccess: describeDestination(config.onSuccess),
        OnFailure: describeDestination(config.onFailure),
      },
    };
  });
  // GetFunctionUrlConfig
  app.get<FunctionRoute>("/2021-10-31/functions/:functionName/url", (request) =>
    describeUrl(find(request), request.host),
  );
  // ListFunctionUrlConfigs
  app.get<FunctionRoute>("/2021-10-31/functions/:functionName/urls", async (request) => ({
    FunctionUrlConfigs: [await describeUrl(find(request), request.host)],
  }));
  // GetFunctionCodeSigningConfig, which the aws CLI and Terraform ask for
  app.get<FunctionRoute>("/2020-06-30/functions/:functionName/code-signing-config", async (request) => ({
    CodeSigningConfigArn: "",
    FunctionName: find(request).configuration.name,
  }));
  // GetAccountSettings
  app.get("/2016-08-19/account-settings", async () => ({
    AccountLimit: {
      TotalCodeSize: 80_530_636_800,
      CodeSizeUnzipped: 262_144_000,
      CodeSizeZipped: 52_428_800,
      ConcurrentExecutions: 1000,
      UnreservedConcurrentExecutions: 1000,
    },
    AccountUsage: { TotalCodeSize: 0, FunctionCount: service.functions.length },
  }));
}

/** The marker is the name of the first function of the page. */
function takePage(
  functions: readonly FunctionEntry[],
  { MaxItems, Marker }: ListRoute["Querystring"],
): { readonly page: readonly FunctionEntry[]; readonly NextMarker: string | undefined } {
  const maxItems = Number(MaxItems ?? 50);
  if (!Number.isInteger(maxItems) || maxItems < 1 || maxItems > 10_000) {
    throw new ServiceException(400, "ValidationException", {
      message: `1 validation error detected: Value '${MaxItems}' at 'maxItems' failed to satisfy constraint: Member must be from 1 to 10000`,
    });
  }
  const start = Marker === undefined ? 0 : functions.findIndex(({ configuration }) => configuration.name === Marker);
  if (start < 0) throw invalidParameter("Invalid marker");
  const end = start + maxItems;
  return { page: functions.slice(start, end), NextMarker: functions[end]?.configuration.name };
}

function describe({ configuration, code }: FunctionEntry): Promise<object> {
  return describeFunction(configuration, code);
}

/** @param host by which the caller reached the emulator */
async function describeUrl({ configuration, code }: FunctionEntry, host: string): Promise<object> {
  const { name, arn, url } = configuration;
  const { mtime } = await stat(code.codePath);
  return {
    FunctionUrl: functionUrlOf(`http://${host}`, name),
    FunctionArn: arn,
    AuthType: "NONE",
    Cors: url.cors === undefined ? undefined : describeCors(url.cors),
    // It came with the code.
    CreationTime: mtime.toISOString(),
    LastModifiedTime: mtime.toISOString(),
    InvokeMode: url.invokeMode,
  };
}

function describeDestination(destination: Destination | undefined): object {
  switch (destination?.kind) {
    case undefined:
      return {};
    case "function":
      return { Destination: destination.name };
    case "url":
      return { Destination: destination.url };
    case "file":
      return { Destination: destination.path };
  }
}
