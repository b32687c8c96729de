import { Button, Table } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { deliveriesQuery, HOOKS_KEY, hookDeeds } from "../api/hooks.ts";
import { useDeed } from "../api/use-deed.ts";
import { useMessages } from "../messages/use-messages.ts";
import { DataTable } from "./data-table.tsx";
import { ProblemText } from "./problem-text.tsx";
import { ShowMore } from "./show-more.tsx";
import { TimeAgo } from "./time-ago.tsx";

/** What was sent, what the receiver said, and sending it again. */
export function DeliveryTable({ hook, label }: { readonly hook: string; readonly label: string }) {
  const { admin: texts, audit, common, words } = useMessages();
  const found = useInfiniteQuery({ ...deliveriesQuery(hook), throwOnError: true });
  const again = useDeed(hookDeeds.redeliver, [...HOOKS_KEY, hook]);
  const deliveries = found.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <ProblemText error={again.error} />
      <DataTable
        label={label}
        columns={[
          ...[common.when, texts.event, audit.about, common.state, texts.attempts, texts.answer],
          common.actions,
        ]}
      >
        {deliveries.map(({ id, createdAt, event, about, state, attempts, status }) => (
          <Table.Tr key={id}>
            <Table.Td>
              <TimeAgo at={createdAt} />
            </Table.Td>
            <Table.Td>{words.event(event)}</Table.Td>
            <Table.Td className="name">{about}</Table.Td>
            <Table.Td>{texts.deliveryStates[state]}</Table.Td>
            <Table.Td>{attempts}</Table.Td>
            <Table.Td>{status}</Table.Td>
            <Table.Td>
              <Button
                size="xs"
                variant="default"
                aria-label={texts.redeliverOne(String(id))}
                onClick={() => again.mutate({ hook, id })}
              >
                {texts.redeliver}
              </Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </DataTable>
      <ShowMore pages={found} />
    </>
  );
}
