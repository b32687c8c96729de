import { Alert, Anchor, Text } from "@mantine/core";
import { HubAway, HubError } from "../api/hub-error.ts";
import { useMessages } from "../messages/use-messages.ts";

const UNAUTHORIZED = 401;
/** A login that was refused has a name; that there is none has not. */
const NAMELESS = "about:blank";

/** Why the hub did not do as it was asked: what that means in the reader's language, and the hub's own words; or that nobody answered. */
export function ProblemText({ error }: { readonly error: Error | null }) {
  const { failure, words } = useMessages();
  if (error === null) return null;
  if (error instanceof HubAway) return <Alert color="red">{failure.away}</Alert>;
  if (isSignedOut(error))
    return (
      <Alert color="red">
        <Text>{failure.signedOut}</Text>
        <Anchor href="/sign-in" target="_blank">
          {failure.signIn}
        </Anchor>
      </Alert>
    );
  const { message } = error;
  const meaning = error instanceof HubError ? words.problem(error.type, message) : message;
  return (
    <Alert color="red">
      {meaning === message ? null : <Text>{meaning}</Text>}
      <span lang="en">{message}</span>
    </Alert>
  );
}

function isSignedOut(error: Error): boolean {
  return error instanceof HubError && error.status === UNAUTHORIZED && error.type === NAMELESS;
}
