/** The handler whose runtimes are compared. JavaScript, because aws-lambda-ric loads nothing else. */
export const handler = async (event) => ({ greeting: `Hello, ${event.name}!`, count: event.items.length });
