import { Table, Text } from "@mantine/core";
import type { LinkedIdentity } from "../api/account.ts";
import { useMessages } from "../messages/use-messages.ts";
import { ConfirmButton } from "./confirm-button.tsx";
import { DataTable } from "./data-table.tsx";
import { TimeAgo } from "./time-ago.tsx";

interface TableProps {
  readonly identities: readonly LinkedIdentity[];
  /** What comes of unlinking one. */
  readonly explain: string;
  readonly onUnlink: (id: string) => void;
}

/** Who of directories and providers opens an account. */
export function IdentityTable({ identities, explain, onUnlink }: TableProps) {
  const { account: texts, common } = useMessages();
  return (
    <DataTable
      label={texts.identities}
      columns={[texts.provider, common.name, common.created, common.lastUse, common.actions]}
    >
      {identities.map(({ id, provider, issuer, name, createdAt, seenAt }) => (
        <Table.Tr key={id}>
          <Table.Td className="name">
            {provider}
            {issuer === provider ? null : (
              <Text size="xs" c="dimmed">
                {issuer}
              </Text>
            )}
          </Table.Td>
          <Table.Td className="name">{name}</Table.Td>
          <Table.Td>
            <TimeAgo at={createdAt} />
          </Table.Td>
          <Table.Td>
            <TimeAgo at={seenAt} />
          </Table.Td>
          <Table.Td>
            <ConfirmButton
              text={texts.unlink}
              label={texts.unlinkOne(name, provider)}
              explain={explain}
              onConfirm={() => onUnlink(id)}
            />
          </Table.Td>
        </Table.Tr>
      ))}
    </DataTable>
  );
}
