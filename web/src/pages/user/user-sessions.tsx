import { Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useDeed } from "../../api/use-deed.ts";
import { userDeedsOf, userSessionsQuery } from "../../api/users.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DeedProblem } from "../../parts/deed-problem.tsx";
import { Section } from "../../parts/section.tsx";
import { SessionTable } from "../../parts/session-table.tsx";

/** Where somebody is signed in, and ending one of those sessions or all. */
export function UserSessions({ name }: { readonly name: string }) {
  const { user: texts, account } = useMessages();
  const query = userSessionsQuery(name);
  const { data } = useQuery({ ...query, throwOnError: true });
  const deeds = userDeedsOf(name);
  const ending = useDeed(deeds.endSession, query.queryKey);
  const endingAll = useDeed(deeds.endSessions, query.queryKey);
  const sessions = data?.items ?? [];
  const isNowhere = data !== undefined && sessions.length === 0;
  return (
    <Section title={account.sessions}>
      <Text mb="xs" role="status">
        {isNowhere ? texts.nowhere(name) : texts.sessionsExplain(name)}
      </Text>
      <DeedProblem
        deed={ending}
        again={() => ending.variables !== undefined && ending.mutate(ending.variables)}
      />
      <DeedProblem deed={endingAll} again={() => endingAll.mutate()} />
      {sessions.length === 0 ? null : (
        <>
          <SessionTable sessions={sessions} onEnd={(id) => ending.mutate(id)} />
          <Group mt="xs">
            <ConfirmButton
              text={texts.endSessions}
              label={texts.endSessions}
              explain={texts.endExplain(name)}
              loading={endingAll.isPending}
              onConfirm={() => endingAll.mutate()}
            />
          </Group>
        </>
      )}
    </Section>
  );
}
