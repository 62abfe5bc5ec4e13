/**
 * The emulator: Lambda on one machine, for tests and development.
 *
 * @module
 */
export { startEmulator } from "./start-emulator.ts";
export type { DirectInvokeOptions, Emulator, EmulatorInvokeResult, EmulatorOptions } from "./start-emulator.ts";
export type { FunctionOptions, JavaScriptEngine } from "./function-configuration.ts";
export type { Credentials } from "./environment-variables.ts";
export type { EventInvokeConfigOptions } from "./event-invoke-config.ts";
export type { LoggingOptions } from "./logging.ts";
export type { ApiOptions, ApiType } from "./http/api.ts";
export type { Cors } from "./http/cors.ts";
export type { FunctionUrlConfigOptions } from "./http/function-url-config.ts";
export { defaultFunctionName } from "./function-source.ts";
export type { DockerOptions } from "./launchers/docker-container.ts";
export type { LogEvent } from "./log-format.ts";
export type { Clock } from "./clock.ts";
export { EmulatorError, ServiceException } from "./errors.ts";
export type { EmulatorErrorCode } from "./errors.ts";
