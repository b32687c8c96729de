import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { accountDeeds, sessionsQuery } from "../../api/account.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { SessionTable } from "../../parts/session-table.tsx";

/** Where somebody is signed in, and ending what they do not know. */
export function SessionsSection() {
  const { account: texts } = useMessages();
  const { data } = useQuery({ ...sessionsQuery, throwOnError: true });
  const end = useDeed(accountDeeds.endSession, sessionsQuery.queryKey);
  const endOthers = useDeed(accountDeeds.endOtherSessions, sessionsQuery.queryKey);
  const sessions = data?.items ?? [];
  return (
    <Section title={texts.sessions}>
      <Text mb="xs">{texts.sessionsExplain}</Text>
      <ProblemText error={end.error ?? endOthers.error} />
      <SessionTable sessions={sessions} onEnd={(id) => end.mutate(id)} />
      {sessions.length > 1 ? (
        <ConfirmButton
          text={texts.endOthers}
          label={texts.endOthers}
          explain={texts.endExplain}
          loading={endOthers.isPending}
          onConfirm={() => endOthers.mutate(undefined)}
        />
      ) : null}
    </Section>
  );
}
