/** All rows of the fidelity table, in its order. */
import type { Behaviour } from "./behaviour.ts";
import { runtimeApiError } from "./runtime-api-error.ts";
import { runtimeApiNext } from "./runtime-api-next.ts";
import { runtimeApiResponse } from "./runtime-api-response.ts";

export const allBehaviours: readonly Behaviour[] = [...runtimeApiNext, ...runtimeApiResponse, ...runtimeApiError];
