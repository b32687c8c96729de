import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type BuildSource, inputDeeds, sourceQuery } from "../../api/build-inputs.ts";
import { BUILDS_KEY } from "../../api/builds.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { NewSourceForm } from "./new-source-form.tsx";

/** Where the commits come from: this hub, or another Git server whose webhooks it hears. */
export function SourceSection(props: { readonly repository: string; readonly mayChange: boolean }) {
  const { repository, mayChange } = props;
  const { buildInputs: texts } = useMessages();
  const found = useQuery(sourceQuery(repository));
  const addition = useDeed(inputDeeds.addSource, BUILDS_KEY);
  const source = found.data?.items[0];
  const secret = addition.data?.hookSecret;
  return (
    <Section title={texts.source}>
      <ProblemText error={found.error} />
      {source === undefined || secret === undefined ? null : (
        <Alert color="green" title={texts.hookSecretOnce} role="status" mb="sm">
          <CommandLine text={secret} label={texts.hookSecret} />
        </Alert>
      )}
      {source === undefined ? null : <SourceView {...{ repository, source, mayChange }} />}
      {found.isSuccess && source === undefined ? (
        <Stack gap="sm">
          <Text>{texts.ownSource}</Text>
          {mayChange ? <NewSourceForm {...{ repository, addition }} /> : null}
        </Stack>
      ) : null}
    </Section>
  );
}

function SourceView(props: {
  readonly repository: string;
  readonly source: BuildSource;
  readonly mayChange: boolean;
}) {
  const { repository, source, mayChange } = props;
  const { buildInputs: texts } = useMessages();
  const look = useDeed(inputDeeds.fetchSource, BUILDS_KEY);
  const removal = useDeed(inputDeeds.removeSource, BUILDS_KEY);
  const { url, provider, hookUrl, deployKey, hostKey, pollMinutes, state, why, fetchedAt } = source;
  return (
    <Stack gap="xs">
      <Text className="name">
        {url} ({texts.providers[provider]})
      </Text>
      <Text role="status">
        {texts.states[state]} <TimeAgo at={fetchedAt} />
      </Text>
      {why === undefined ? null : <Alert color="red">{why}</Alert>}
      <Text size="sm">{texts.hookUrl}</Text>
      <CommandLine text={hookUrl} label={texts.hookUrl} />
      {deployKey === undefined ? null : (
        <>
          <Text size="sm">{texts.deployKey}</Text>
          <CommandLine text={deployKey} label={texts.deployKey} />
        </>
      )}
      {hostKey === undefined ? null : (
        <Text size="sm" className="name">
          {texts.hostKey} {hostKey}
        </Text>
      )}
      <Text size="sm">{pollMinutes === 0 ? texts.noPoll : texts.polled(String(pollMinutes))}</Text>
      <ProblemText error={look.error ?? removal.error} />
      <Group>
        <Button
          size="xs"
          variant="default"
          loading={look.isPending}
          onClick={() => look.mutate(repository)}
        >
          {texts.look}
        </Button>
        {mayChange ? (
          <ConfirmButton
            text={texts.removeSource}
            label={texts.removeSource}
            explain={texts.removeSourceExplain}
            loading={removal.isPending}
            onConfirm={() => removal.mutate(repository)}
          />
        ) : null}
      </Group>
    </Stack>
  );
}
