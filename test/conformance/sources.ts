/** The documents and recordings that say what Lambda does, as the table names them. */

/** A page of the AWS Lambda developer guide. */
export const guide = (page: string): string => `guide: ${page}`;
/** An operation of the AWS Lambda API reference. */
export const api = (operation: string): string => `API: ${operation}`;
/** A page of the Amazon EventBridge user guide. */
export const eventBridge = (page: string): string => `EventBridge: ${page}`;
/** A page of the Amazon API Gateway developer guide. */
export const apiGateway = (page: string): string => `API Gateway: ${page}`;
/** Lambda's server inside of the sandbox: code of aws-lambda-runtime-interface-emulator. */
export const server = "server";
/** Answers of the service as others recorded them. */
export const recorded = "recorded";
/** No part of Lambda: an option, a limit or a safeguard of this emulator. */
export const own = "own";
