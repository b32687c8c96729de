import { Alert, Anchor, Container, Paper, Stack, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { FormEvent, ReactNode } from "react";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";

/** A short form of its own, which ends in a sentence and the way to the login. */
export function NarrowPage(props: {
  readonly title: string;
  readonly children: ReactNode;
  readonly error: Error | null;
  /** What has come of it. */
  readonly outcome: string | undefined;
  readonly onSubmit: () => void;
}) {
  const { title, children, error, outcome, onSubmit } = props;
  const { signIn } = useMessages();
  usePageTitle(title);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Container size={420} py="xl" px={0}>
      <Title order={1} ta="center" mb="lg">
        {title}
      </Title>
      <Paper withBorder p="lg">
        {outcome === undefined ? (
          <form onSubmit={submit}>
            <Stack>
              {children}
              <ProblemText error={error} />
            </Stack>
          </form>
        ) : (
          <Alert color="green">{outcome}</Alert>
        )}
      </Paper>
      <Anchor component={Link} to="/sign-in" display="block" ta="center" mt="md">
        {signIn.title}
      </Anchor>
    </Container>
  );
}
