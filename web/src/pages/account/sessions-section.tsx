import { Badge, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { accountDeeds, type BrowserSession, sessionsQuery } from "../../api/account.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

/** Where somebody is signed in, and ending what they do not know. */
export function SessionsSection() {
  const { account: texts, common } = useMessages();
  const { data } = useQuery({ ...sessionsQuery, throwOnError: true });
  const end = useDeed(accountDeeds.endSession, sessionsQuery.queryKey);
  const endOthers = useDeed(accountDeeds.endOtherSessions, sessionsQuery.queryKey);
  const sessions = data?.items ?? [];
  return (
    <Section title={texts.sessions}>
      <Text mb="xs">{texts.sessionsExplain}</Text>
      <ProblemText error={end.error ?? endOthers.error} />
      <DataTable
        label={texts.sessions}
        columns={[texts.browser, texts.address, common.lastUse, common.created, common.actions]}
      >
        {sessions.map((session) => (
          <SessionRow key={session.id} session={session} onEnd={() => end.mutate(session.id)} />
        ))}
      </DataTable>
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

function SessionRow(props: { readonly session: BrowserSession; readonly onEnd: () => void }) {
  const { account: texts } = useMessages();
  const { session, onEnd } = props;
  const { isCurrent, createdAt, lastUse } = session;
  return (
    <Table.Tr>
      <Table.Td className="name">
        {lastUse.client} {isCurrent ? <Badge>{texts.thisOne}</Badge> : null}
      </Table.Td>
      <Table.Td className="name">{lastUse.address}</Table.Td>
      <Table.Td>
        <TimeAgo at={lastUse.at} />
      </Table.Td>
      <Table.Td>
        <TimeAgo at={createdAt} />
      </Table.Td>
      <Table.Td>
        {isCurrent ? null : (
          <ConfirmButton
            text={texts.end}
            label={texts.endOne(lastUse.client)}
            explain={texts.endExplain}
            onConfirm={onEnd}
          />
        )}
      </Table.Td>
    </Table.Tr>
  );
}
