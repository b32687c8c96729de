import { Button, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { adminDeeds, deliveriesQuery, webhooksQuery } from "../../api/administration.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { ShowMore } from "../../parts/show-more.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

export function WebhooksPanel() {
  const { admin: texts } = useMessages();
  const { data, error } = useQuery(webhooksQuery);
  return (
    <Stack>
      <Text>{texts.webhooksExplain}</Text>
      <ProblemText error={error} />
      {data?.items.length === 0 ? <Text>{texts.noWebhooks}</Text> : null}
      {data?.items.map(({ id, label, url }) => (
        <Section key={id} title={label}>
          <Text className="name">{url}</Text>
          <Deliveries hook={id} label={label} />
        </Section>
      ))}
    </Stack>
  );
}

function Deliveries({ hook, label }: { readonly hook: string; readonly label: string }) {
  const { admin: texts, audit, common } = useMessages();
  const found = useInfiniteQuery({ ...deliveriesQuery(hook), throwOnError: true });
  const again = useDeed(adminDeeds.redeliver, ["webhooks", hook]);
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
            <Table.Td>{event}</Table.Td>
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
