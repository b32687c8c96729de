import { Alert, Text } from "@mantine/core";
import { HubAway, HubError } from "../api/hub-error.ts";
import { useMessages } from "../messages/use-messages.ts";

/** Why the hub did not do as it was asked: what that means in the reader's language, and the hub's own words; or that nobody answered. */
export function ProblemText({ error }: { readonly error: Error | null }) {
  const { failure, words } = useMessages();
  if (error === null) return null;
  if (error instanceof HubAway) return <Alert color="red">{failure.away}</Alert>;
  const { message } = error;
  const meaning = error instanceof HubError ? words.problem(error.type, message) : message;
  return (
    <Alert color="red">
      {meaning === message ? null : <Text>{meaning}</Text>}
      <span lang="en">{message}</span>
    </Alert>
  );
}
