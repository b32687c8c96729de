/** `npm run soak` runs the full counts, `npm test` reduced ones. */
export const IS_SOAK = process.env.BERTH_TEST_SCALE === "soak";

export function scaled(counts: { readonly test: number; readonly soak: number }): number {
  return IS_SOAK ? counts.soak : counts.test;
}
