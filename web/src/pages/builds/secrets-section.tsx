import { PasswordInput, Table, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { inputDeeds, secretsQuery } from "../../api/build-inputs.ts";
import { BUILDS_KEY } from "../../api/builds.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

const NAME = "[A-Za-z0-9_][A-Za-z0-9_.\\-]{0,63}";

/** What builds read as files, by name; no page shows a value again. */
export function SecretsSection({ repository }: { readonly repository: string }) {
  const { buildInputs: texts, common } = useMessages();
  const found = useQuery(secretsQuery(repository));
  const change = useDeed(inputDeeds.setSecret, BUILDS_KEY);
  const removal = useDeed(inputDeeds.removeSecret, BUILDS_KEY);
  const secrets = found.data?.items ?? [];
  return (
    <Section title={texts.secrets}>
      <Text mb="sm" className="name">
        {texts.secretsExplain}
      </Text>
      <ProblemText error={found.error ?? removal.error} />
      {secrets.length === 0 ? null : (
        <DataTable label={texts.secrets} columns={[common.name, texts.changed, common.actions]}>
          {secrets.map(({ name, updatedAt }) => (
            <Table.Tr key={name}>
              <Table.Td className="name">{name}</Table.Td>
              <Table.Td>
                <TimeAgo at={updatedAt} />
              </Table.Td>
              <Table.Td>
                <ConfirmButton
                  text={texts.remove}
                  label={texts.removeOne(name)}
                  explain={texts.removeSecretExplain}
                  loading={removal.isPending && removal.variables.name === name}
                  onConfirm={() => removal.mutate({ repository, name })}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
      <SmallForm
        label={texts.setSecret}
        submit={texts.setSecret}
        deed={change}
        onSubmit={(typed, onSuccess) =>
          change.mutate(
            { repository, name: typed("name").trim(), value: typed("value") },
            { onSuccess },
          )
        }
      >
        <TextInput name="name" label={common.name} pattern={NAME} required />
        <PasswordInput name="value" label={texts.value} autoComplete="off" w={240} required />
      </SmallForm>
    </Section>
  );
}
