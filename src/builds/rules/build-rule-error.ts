/** A rule that cannot be kept; the sentence says why. */
export class BuildRuleError extends Error {
  override readonly name = "BuildRuleError";
}
