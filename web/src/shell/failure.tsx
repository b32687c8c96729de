import { Button, Code, Container, Text, Title } from "@mantine/core";
import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { HubError } from "../api/hub-error.ts";
import { useMessages } from "../messages/use-messages.ts";
import { NotFound } from "./not-found.tsx";

const NOT_FOUND = 404;

/** What stands in place of a page that could not be shown: that there is nothing, or what went wrong. */
export function Failure({ error }: ErrorComponentProps) {
  if (error instanceof HubError && error.status === NOT_FOUND) return <NotFound />;
  return <Broken error={error instanceof Error ? error : new Error(String(error))} />;
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
