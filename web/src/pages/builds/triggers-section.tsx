import { Alert, Table, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { inputDeeds, triggersQuery } from "../../api/build-inputs.ts";
import { BUILDS_KEY } from "../../api/builds.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

const LONGEST_LABEL = 100;

/** Addresses that start builds for whoever knows them. */
export function TriggersSection({ repository }: { readonly repository: string }) {
  const { buildInputs: texts, common } = useMessages();
  const found = useQuery(triggersQuery(repository));
  const addition = useDeed(inputDeeds.addTrigger, BUILDS_KEY);
  const removal = useDeed(inputDeeds.removeTrigger, BUILDS_KEY);
  const triggers = found.data?.items ?? [];
  return (
    <Section title={texts.triggers}>
      <Text mb="sm">{texts.triggersExplain}</Text>
      <ProblemText error={found.error ?? removal.error} />
      {addition.data === undefined ? null : (
        <Alert color="green" title={texts.triggerOnce} role="status" mb="sm">
          <CommandLine text={`curl -X POST ${addition.data.url}`} label={addition.data.label} />
        </Alert>
      )}
      {triggers.length === 0 ? null : (
        <DataTable
          label={texts.triggers}
          columns={[texts.label, texts.madeBy, common.lastUse, common.actions]}
        >
          {triggers.map(({ id, label, createdBy, createdAt, usedAt }) => (
            <Table.Tr key={id}>
              <Table.Td className="name">{label}</Table.Td>
              <Table.Td className="name">
                {createdBy} <TimeAgo at={createdAt} />
              </Table.Td>
              <Table.Td>
                <TimeAgo at={usedAt} />
              </Table.Td>
              <Table.Td>
                <ConfirmButton
                  text={texts.remove}
                  label={texts.removeOne(label)}
                  explain={texts.removeTriggerExplain}
                  loading={removal.isPending && removal.variables === id}
                  onConfirm={() => removal.mutate(id)}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
      <SmallForm
        label={texts.addTrigger}
        submit={texts.addTrigger}
        deed={addition}
        onSubmit={(typed, onSuccess) =>
          addition.mutate({ repository, label: typed("label").trim() }, { onSuccess })
        }
      >
        <TextInput name="label" label={texts.label} maxLength={LONGEST_LABEL} required />
      </SmallForm>
    </Section>
  );
}
