/** All rows of the fidelity table, in its order. */
import type { Behaviour } from "./behaviour.ts";
import { failures } from "./failures.ts";
import { initErrors } from "./init-error.ts";
import { invoke } from "./invoke.ts";
import { invokeRefusals } from "./invoke-refusals.ts";
import { runtimeApiError } from "./runtime-api-error.ts";
import { runtimeApiNext } from "./runtime-api-next.ts";
import { runtimeApiResponse } from "./runtime-api-response.ts";
import { stateMachine } from "./state-machine.ts";

export const allBehaviours: readonly Behaviour[] = [
  ...invoke,
  ...invokeRefusals,
  ...runtimeApiNext,
  ...runtimeApiResponse,
  ...runtimeApiError,
  ...initErrors,
  ...stateMachine,
  ...failures,
];
