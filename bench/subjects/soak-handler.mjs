/** Ends as its event says; an HTTP event, a record or a schedule ends well. */
export const handler = async ({ how }) => {
  if (how === "throw") throw new TypeError("bad order");
  if (how === "exit") process.exit(3);
  if (how === "hang") await new Promise((resolve) => setTimeout(resolve, 3_600_000));
  console.log(`done: ${how}`);
  return { message: "done" };
};
