/** All rows of the fidelity table, in its order. */
import { asynchronousInvocations } from "./asynchronous.ts";
import type { Behaviour } from "./behaviour.ts";
import { environmentVariables } from "./environment-variables.ts";
import { extensions } from "./extensions.ts";
import { failures } from "./failures.ts";
import { functionUrls } from "./function-urls.ts";
import { initErrors } from "./init-error.ts";
import { invoke } from "./invoke.ts";
import { invokeRefusals } from "./invoke-refusals.ts";
import { lifecycle } from "./lifecycle.ts";
import { logs } from "./logs.ts";
import { localEndpoints } from "./local-endpoints.ts";
import { managedInstances } from "./managed-instances.ts";
import { management } from "./management.ts";
import { runtimeApiError } from "./runtime-api-error.ts";
import { runtimeApiNext } from "./runtime-api-next.ts";
import { runtimeApiResponse } from "./runtime-api-response.ts";
import { stateMachine } from "./state-machine.ts";
import { snapStart } from "./snap-start.ts";
import { streamedResponses } from "./streaming.ts";
import { telemetry } from "./telemetry.ts";
import { tenants } from "./tenants.ts";
import { xray } from "./xray.ts";

export const allBehaviours: readonly Behaviour[] = [
  ...invoke,
  ...invokeRefusals,
  ...streamedResponses,
  ...functionUrls,
  ...asynchronousInvocations,
  ...tenants,
  ...management,
  ...runtimeApiNext,
  ...runtimeApiResponse,
  ...runtimeApiError,
  ...initErrors,
  ...stateMachine,
  ...failures,
  ...lifecycle,
  ...extensions,
  ...telemetry,
  ...snapStart,
  ...managedInstances,
  ...environmentVariables,
  ...localEndpoints,
  ...xray,
  ...logs,
];
