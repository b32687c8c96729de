import { Button, Container, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMessages } from "../messages/use-messages.ts";
import { usePageTitle } from "../parts/use-page-title.ts";

/** The same for what does not exist and for what the reader may not see. */
export function NotFound() {
  const { failure } = useMessages();
  usePageTitle(failure.notFound);
  return (
    <Container size="sm" py="xl">
      <Title order={1}>{failure.notFound}</Title>
      <Text my="md">{failure.notFoundHint}</Text>
      <Button component={Link} to="/">
        {failure.toExplore}
      </Button>
    </Container>
  );
}
