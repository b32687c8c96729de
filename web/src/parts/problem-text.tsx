import { Alert } from "@mantine/core";
import { HubAway } from "../api/hub-error.ts";
import { useMessages } from "../messages/use-messages.ts";

/** Why the hub did not do as it was asked, in its own words; or that nobody answered. */
export function ProblemText({ error }: { readonly error: Error | null }) {
  const { failure } = useMessages();
  if (error === null) return null;
  return <Alert color="red">{error instanceof HubAway ? failure.away : error.message}</Alert>;
}
