/** `node:string_decoder`, by the package string_decoder. */
import decoder from "string_decoder/";

export const { StringDecoder } = decoder;
