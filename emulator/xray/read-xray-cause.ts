/**
 * What a runtime tells X-Ray about an error: `{"working_directory","exceptions","paths","message"}`, of which something has
 * to be there. Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes"; what is dropped as in
 * aws-lambda-runtime-interface-emulator.
 */
const members = ["working_directory", "exceptions", "paths", "message"] as const;

/** A document has to fit into a datagram; Lambda crops longer ones. */
const maxBytes = 48 * 1024;

/** @returns undefined where there is nothing, or nothing that can be read */
export function readXrayCause(header: string | undefined): object | undefined {
  if (header === undefined || header.length > maxBytes) return undefined;
  try {
    const given = JSON.parse(header) as Readonly<Record<string, unknown>> | null;
    const found = members.flatMap((name) => (hasContent(given?.[name]) ? [[name, given?.[name]] as const] : []));
    return found.length === 0 ? undefined : Object.fromEntries(found);
  } catch {
    return undefined;
  }
}

function hasContent(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : typeof value === "string" && value !== "";
}
