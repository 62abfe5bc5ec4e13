/**
 * The emulator: Lambda on one machine, for tests and development.
 *
 * @module
 */
export { startEmulator } from "./start-emulator.ts";
export type { Emulator, EmulatorInvokeResult, EmulatorOptions } from "./start-emulator.ts";
export type { FunctionOptions } from "./function-configuration.ts";
export { defaultFunctionName } from "./function-source.ts";
export type { DockerOptions } from "./launchers/docker-container.ts";
export type { LogEvent } from "./log-format.ts";
export type { Clock } from "./clock.ts";
export { EmulatorError, ServiceException } from "./errors.ts";
export type { EmulatorErrorCode } from "./errors.ts";
