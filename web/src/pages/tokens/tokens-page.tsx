import { Alert, Container, Stack, Text, Title } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useHub } from "../../api/hub.ts";
import { tokensQuery, useCreateToken } from "../../api/tokens.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { NewTokenForm } from "./new-token-form.tsx";
import { TokenTable } from "./token-table.tsx";

/** Tokens stand in for the password where programs log in. */
export function TokensPage() {
  const { tokens: texts } = useMessages();
  const { account } = useHub();
  const { data } = useSuspenseQuery(tokensQuery);
  const creation = useCreateToken();
  usePageTitle(texts.title);
  const login = `docker login --username ${account?.name} ${window.location.host}`;
  return (
    <Container size="md" px={0}>
      <Title order={1} mb="xs">
        {texts.title}
      </Title>
      <Text mb="md">{texts.explain}</Text>
      <Stack>
        <NewTokenForm creation={creation} />
        {creation.data === undefined ? null : (
          <Alert color="green" title={texts.once}>
            <Stack gap="xs">
              <CommandLine text={creation.data.secret} label={texts.secret} />
              <Text size="sm">{texts.login}</Text>
              <CommandLine text={login} />
            </Stack>
          </Alert>
        )}
        {data.items.length === 0 ? <Text>{texts.none}</Text> : <TokenTable tokens={data.items} />}
      </Stack>
    </Container>
  );
}
