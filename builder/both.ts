/** Two things at once. */

/** Like Promise.all, but no work goes on behind a rejection: what it would leave could not be cleaned up. */
export async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}
