/**
 * SnapStart: the environment is snapshotted once it is initialised, and restored as often as needed. Source: AWS Lambda
 * developer guide, "Using the Lambda runtime API", restore routes, and "Runtime hooks for Lambda SnapStart".
 */
import type { Logger } from "./console-log.ts";
import type { ErrorDocument } from "./error-document.ts";
import { describeFailure } from "./failure-answer.ts";
import type { LifecycleHook } from "./lifecycle-hooks.ts";
import type { RuntimeApiClient } from "./runtime-api-client.ts";

/**
 * Runs the hooks before the snapshot, waits for the restore, and runs the hooks after it, one after the other.
 *
 * @throws whatever a hook throws, after it was reported; RuntimeApiError
 */
export async function takeSnapshot(
  client: RuntimeApiClient,
  hooks: { readonly beforeSnapshot: readonly LifecycleHook[]; readonly afterRestore: readonly LifecycleHook[] },
  logger: Logger,
): Promise<void> {
  await runHooks(hooks.beforeSnapshot, async (error) => {
    logger.failure("Before Snapshot Error", error);
    await client.initializationError(named("Runtime.BeforeSnapshotError", error));
  });
  await client.restoreNext();
  await runHooks(hooks.afterRestore, async (error) => {
    logger.failure("After Restore Error", error);
    await client.restoreError(named("Runtime.AfterRestoreError", error));
  });
}

async function runHooks(hooks: readonly LifecycleHook[], report: (error: unknown) => Promise<void>): Promise<void> {
  try {
    // oxlint-disable-next-line no-await-in-loop -- their order is part of the contract
    for (const hook of hooks) await hook();
  } catch (error) {
    await report(error);
    throw error;
  }
}

/** Lambda knows these failures by type; what was thrown stands in the message. */
function named(errorType: string, error: unknown): ErrorDocument {
  const document = describeFailure(error).error;
  return { ...document, errorType, errorMessage: `${document.errorType}: ${document.errorMessage}` };
}
