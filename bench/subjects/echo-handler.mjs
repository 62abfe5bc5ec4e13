/** Gives back what it gets: all that is done is parsing and writing JSON. */
export const handler = async (event) => event;
