import { Alert } from "@mantine/core";

/** Why the hub did not do as it was asked, in its own words. */
export function ProblemText({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  return <Alert color="red">{error.message}</Alert>;
}
