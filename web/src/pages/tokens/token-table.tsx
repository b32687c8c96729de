import { ScrollArea, Table, Text } from "@mantine/core";
import { type PersonalToken, useDeleteToken } from "../../api/tokens.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

export function TokenTable({ tokens }: { readonly tokens: readonly PersonalToken[] }) {
  const { tokens: texts } = useMessages();
  const deletion = useDeleteToken();
  return (
    <ScrollArea>
      <ProblemText error={deletion.error} />
      <Table miw={560}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{texts.label}</Table.Th>
            <Table.Th>{texts.scope}</Table.Th>
            <Table.Th>{texts.expires}</Table.Th>
            <Table.Th>{texts.lastUse}</Table.Th>
            <Table.Th>{texts.delete}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tokens.map(({ id, label, scopes, repositories, expiresAt, lastUse }) => (
            <Table.Tr key={id}>
              <Table.Td className="name">{label}</Table.Td>
              <Table.Td>
                {scopes.map((scope) => texts.scopes[scope]).join(", ")}
                {repositories.length === 0 ? null : (
                  <Text size="xs" c="dimmed" className="name">
                    {texts.onlyIn(repositories.join(", "))}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                {expiresAt === undefined ? texts.forever : <TimeAgo at={expiresAt} />}
              </Table.Td>
              <Table.Td>
                <TimeAgo at={lastUse?.at} />
                {lastUse === undefined ? null : (
                  <Text size="xs" c="dimmed" className="name">
                    {lastUse.client}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <ConfirmButton
                  text={texts.delete}
                  label={texts.deleteOne(label)}
                  explain={texts.deleteExplain}
                  loading={deletion.isPending && deletion.variables === id}
                  onConfirm={() => deletion.mutate(id)}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
