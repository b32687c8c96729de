import { Button, Group, NumberInput, Table, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { OVERRIDES_KEY, overrideDeeds, overridesQuery } from "../../api/overrides.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

const HOUR_SECONDS = 3600;
const LONGEST_HOURS = 30 * 24;

/** Leave to move one tag that is immutable: one person asks, another approves. */
export function OverridesSection({ repository }: { readonly repository: string }) {
  const { overrides: texts, common, pullPolicies } = useMessages();
  const { data, error } = useQuery(overridesQuery(repository));
  const request = useDeed(overrideDeeds.ask, OVERRIDES_KEY);
  const approval = useDeed(overrideDeeds.approve, OVERRIDES_KEY);
  const withdrawal = useDeed(overrideDeeds.withdraw, OVERRIDES_KEY);
  const items = data?.items ?? [];
  return (
    <Section title={texts.title}>
      <Text mb="xs">{texts.explain}</Text>
      <ProblemText error={error ?? approval.error ?? withdrawal.error} />
      {items.length === 0 ? null : (
        <DataTable
          label={texts.title}
          columns={[
            ...[texts.tag, pullPolicies.reason, texts.askedBy, texts.approvedBy],
            ...[common.expires, common.actions],
          ]}
        >
          {items.map(({ id, tag, reason, askedBy, approvedBy, expiresAt }) => (
            <Table.Tr key={id}>
              <Table.Td className="name">{tag}</Table.Td>
              <Table.Td className="name">{reason}</Table.Td>
              <Table.Td className="name">{askedBy}</Table.Td>
              <Table.Td className="name">{approvedBy ?? texts.waits}</Table.Td>
              <Table.Td>
                <TimeAgo at={expiresAt} />
              </Table.Td>
              <Table.Td>
                <Group gap={4}>
                  {approvedBy === undefined ? (
                    <Button
                      size="xs"
                      aria-label={texts.approveOne(tag)}
                      loading={approval.isPending && approval.variables === id}
                      onClick={() => approval.mutate(id)}
                    >
                      {texts.approve}
                    </Button>
                  ) : null}
                  <Button
                    size="xs"
                    variant="default"
                    aria-label={texts.withdrawOne(tag)}
                    loading={withdrawal.isPending && withdrawal.variables === id}
                    onClick={() => withdrawal.mutate(id)}
                  >
                    {texts.withdraw}
                  </Button>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
      <SmallForm
        label={texts.ask}
        submit={texts.ask}
        deed={request}
        onSubmit={(typed, onSuccess) =>
          request.mutate(
            {
              ...{ repository, tag: typed("tag").trim(), reason: typed("reason") },
              seconds: Number(typed("hours")) * HOUR_SECONDS,
            },
            { onSuccess },
          )
        }
      >
        <TextInput name="tag" label={texts.tag} required />
        <TextInput name="reason" label={pullPolicies.reason} required maxLength={500} />
        <NumberInput
          name="hours"
          label={texts.hours}
          min={1}
          max={LONGEST_HOURS}
          defaultValue={24}
          required
        />
      </SmallForm>
    </Section>
  );
}
