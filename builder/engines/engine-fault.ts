/**
 * Whether a function has failed for want of something in the native engine, as far as the error's own words tell: the last step
 * of the compatibility gate. A call of a function that is not there tells nothing but "not a function", as a mistake of the
 * function itself does: that stays a warning, which says what is known.
 */
import { absentGlobalNames, absentMembers } from "../../bundle/index.ts";

/** What the function reported. */
export interface ReportedError {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** What the engine lacks, such as `The native engine has no Intl`; undefined where it may as well be the function's mistake. */
export function engineFault({ errorType, errorMessage }: ReportedError): string | undefined {
  // Thrown by the bundle itself, in the place of a module: `bundle/native-plugin.ts`.
  const module = /^The native engine has no module node:\S+$/.exec(errorMessage)?.[0];
  if (module !== undefined) return module;
  const name = errorType === "ReferenceError" ? /^(\w+) is not defined$/.exec(errorMessage)?.[1] : undefined;
  return name !== undefined && absentGlobalNames.includes(name) ? `The native engine has no ${name}` : undefined;
}

/** Words behind such an error that may be the engine's: members that the sources name and it does not have. */
export async function possibleFault({ errorType }: ReportedError, inputs: readonly string[]): Promise<string> {
  const members = errorType === "TypeError" ? await absentMembers(inputs) : [];
  return members.length === 0 ? "" : `. On the native engine, ${members.join(", ")}`;
}
