import { Alert, Stack, Table, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { agentsQuery, inputDeeds } from "../../api/build-inputs.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

const NAME = "[a-z0-9]+([._\\-][a-z0-9]+)*";

/** Machines elsewhere that build for the hub. */
export function AgentsPanel() {
  const { buildInputs: texts, common } = useMessages();
  const found = useQuery(agentsQuery);
  const addition = useDeed(inputDeeds.addAgent, agentsQuery.queryKey);
  const removal = useDeed(inputDeeds.removeAgent, agentsQuery.queryKey);
  const agents = found.data?.items ?? [];
  return (
    <Section title={texts.agents}>
      <Stack gap="sm">
        <Text>{found.data?.level === "remote" ? texts.agentsBuild : texts.agentsIdle}</Text>
        <ProblemText error={found.error ?? removal.error} />
        {addition.data === undefined ? null : (
          <Alert color="green" title={texts.agentOnce} role="status">
            <CommandLine text={addition.data.secret} label={common.secret} />
            <Text size="sm">{texts.agentStart}</Text>
            <CommandLine
              text={`berth agent --hub ${window.location.origin} --data /var/lib/berth-agent`}
            />
          </Alert>
        )}
        {agents.length === 0 ? null : (
          <DataTable
            label={texts.agents}
            columns={[common.name, texts.madeBy, texts.lastSeen, common.actions]}
          >
            {agents.map(({ name, createdBy, createdAt, lastSeenAt }) => (
              <Table.Tr key={name}>
                <Table.Td className="name">{name}</Table.Td>
                <Table.Td className="name">
                  {createdBy} <TimeAgo at={createdAt} />
                </Table.Td>
                <Table.Td>
                  <TimeAgo at={lastSeenAt} />
                </Table.Td>
                <Table.Td>
                  <ConfirmButton
                    text={texts.remove}
                    label={texts.removeOne(name)}
                    explain={texts.removeAgentExplain}
                    loading={removal.isPending && removal.variables === name}
                    onConfirm={() => removal.mutate(name)}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </DataTable>
        )}
        <SmallForm
          label={texts.addAgent}
          submit={texts.addAgent}
          deed={addition}
          onSubmit={(typed, onSuccess) => addition.mutate(typed("name").trim(), { onSuccess })}
        >
          <TextInput name="name" label={common.name} pattern={NAME} maxLength={64} required />
        </SmallForm>
      </Stack>
    </Section>
  );
}
