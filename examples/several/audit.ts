/** An invocation record, as Lambda hands it to a destination. */
interface InvocationRecord {
  readonly requestPayload: unknown;
  readonly responsePayload: unknown;
}

export const record = async ({ requestPayload, responsePayload }: InvocationRecord): Promise<void> => {
  console.log("audited", requestPayload, responsePayload);
};
