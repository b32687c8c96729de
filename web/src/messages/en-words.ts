/** Words that the hub keeps: what they are called to people. English says them as they are. */
export const words = {
  role: (name: string) => name,
  action: (name: string) => name,
  event: (name: string) => name,
  check: (name: string) => name,
  checkState: (state: string) => state,
  showPassword: "Show what is typed",
  /** What the hub says of a refusal, with its kind. */
  problem: (_type: string, said: string) => said,
};
