/** What a function URL is configured with, and how clients read it. */
import { EmulatorError } from "../errors.ts";
import { checkCors, type Cors } from "./cors.ts";

/** Source: AWS Lambda API reference, CreateFunctionUrlConfig. */
export interface FunctionUrlConfigOptions {
  /** `RESPONSE_STREAM` sends the answer while the function writes it. @default "BUFFERED" */
  readonly invokeMode?: InvokeMode;
  /** Without it requests of other origins, preflights too, are the function's business. */
  readonly cors?: Cors;
}

type InvokeMode = "BUFFERED" | "RESPONSE_STREAM";

/** Checked and complete. */
export interface FunctionUrlConfig {
  readonly invokeMode: InvokeMode;
  readonly cors: Cors | undefined;
}

/** @throws EmulatorError `BAD_OPTIONS` */
export function readFunctionUrlConfig(owner: string, options: FunctionUrlConfigOptions = {}): FunctionUrlConfig {
  const { invokeMode = "BUFFERED", cors } = options;
  const [unknown] = Object.keys(options).filter((name) => name !== "invokeMode" && name !== "cors");
  if (unknown !== undefined) throw new EmulatorError("BAD_OPTIONS", `${owner}: url has no option "${unknown}"`);
  if (invokeMode !== "BUFFERED" && invokeMode !== "RESPONSE_STREAM") {
    throw new EmulatorError("BAD_OPTIONS", `${owner}: url.invokeMode must be BUFFERED or RESPONSE_STREAM`);
  }
  if (cors !== undefined) checkCors(owner, cors);
  return { invokeMode, cors };
}

/** `Cors` as the Lambda API spells it. Source: AWS Lambda API reference, "Cors". */
export function describeCors(cors: Cors): object {
  return {
    AllowCredentials: cors.allowCredentials,
    AllowHeaders: cors.allowHeaders,
    AllowMethods: cors.allowMethods,
    AllowOrigins: cors.allowOrigins,
    ExposeHeaders: cors.exposeHeaders,
    MaxAge: cors.maxAgeSeconds,
  };
}
