/** The smallest function: event in, JSON out. */
export const handler = async (event: { name?: string }): Promise<{ message: string }> => ({
  message: `Hello, ${event.name ?? "world"}!`,
});
