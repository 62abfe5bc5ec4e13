/** `node:util/types`. */
import { types } from "./util.ts";

type Check = (value: unknown) => boolean;

export const {
  isAnyArrayBuffer,
  isArrayBuffer,
  isArrayBufferView,
  isAsyncFunction,
  isDate,
  isGeneratorFunction,
  isMap,
  isNativeError,
  isPromise,
  isProxy,
  isRegExp,
  isSet,
  isTypedArray,
  isUint8Array,
} = types as Record<string, Check>;
