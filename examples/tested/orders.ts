/** Places an order; a shop that is closed makes it fail. */
export const handler = async ({ item, quantity }: { readonly item: string; readonly quantity: number }) => {
  if (process.env["SHOP"] === "closed") throw new RangeError(`no ${item} today`);
  console.log(`ordered ${quantity} ${item}`);
  return { item, quantity };
};
