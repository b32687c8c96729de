import { Button, Code, Container, Text, Title } from "@mantine/core";
import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { HubError } from "../api/hub-error.ts";
import { useMessages } from "../messages/use-messages.ts";
import { NotFound } from "./not-found.tsx";

const UNAUTHORIZED = 401;
const NOT_FOUND = 404;

/** What stands in place of a page that could not be shown: that there is nothing, the login, or what went wrong. */
export function Failure({ error }: ErrorComponentProps) {
  if (error instanceof HubError && error.status === NOT_FOUND) return <NotFound />;
  if (error instanceof HubError && error.status === UNAUTHORIZED) return <ToSignIn />;
  return <Broken error={error instanceof Error ? error : new Error(String(error))} />;
}

/** What was shown until now, and is not to be seen any more without a login. */
function ToSignIn() {
  const router = useRouter();
  useEffect(() => {
    const search = { next: router.state.location.href };
    void router.navigate({ to: "/sign-in", search, replace: true });
  }, [router]);
  return null;
}

function Broken({ error }: { readonly error: Error }) {
  const { failure } = useMessages();
  const router = useRouter();
  const { reset } = useQueryErrorResetBoundary();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Container size="sm" py="xl" role="alert">
      <Title order={1}>{failure.title}</Title>
      {error instanceof HubError ? null : <Text my="md">{failure.explain}</Text>}
      <Code block my="md">
        {error.message}
      </Code>
      <Button onClick={again}>{failure.again}</Button>
    </Container>
  );
}
