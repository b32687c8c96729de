import { Badge, Table } from "@mantine/core";
import type { BrowserSession } from "../api/account.ts";
import { useMessages } from "../messages/use-messages.ts";
import { ConfirmButton } from "./confirm-button.tsx";
import { DataTable } from "./data-table.tsx";
import { TimeAgo } from "./time-ago.tsx";

interface TableProps {
  readonly sessions: readonly BrowserSession[];
  readonly onEnd: (id: string) => void;
}

/** The browsers that an account is signed in with. */
export function SessionTable({ sessions, onEnd }: TableProps) {
  const { account: texts, common } = useMessages();
  return (
    <DataTable
      label={texts.sessions}
      columns={[texts.browser, texts.address, common.lastUse, common.created, common.actions]}
    >
      {sessions.map((session) => (
        <SessionRow key={session.id} session={session} onEnd={() => onEnd(session.id)} />
      ))}
    </DataTable>
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
