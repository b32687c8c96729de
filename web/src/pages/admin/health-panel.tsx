import { Anchor, Badge, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { readinessQuery } from "../../api/administration.ts";
import { useHub } from "../../api/hub.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";

export function HealthPanel() {
  const { admin: texts, common, words } = useMessages();
  const { version } = useHub();
  const { data, error } = useQuery(readinessQuery);
  const isReady = data?.status === "ready";
  return (
    <Section title={texts.tabs.health}>
      <Stack>
        <Text>{texts.version(version)}</Text>
        <ProblemText error={error} />
        {data === undefined ? null : <Text>{isReady ? texts.isReady : texts.isNotReady}</Text>}
        <DataTable label={texts.tabs.health} columns={[texts.check, common.state]}>
          {Object.entries(data?.checks ?? {}).map(([check, state]) => (
            <Table.Tr key={check}>
              <Table.Td>{words.check(check)}</Table.Td>
              <Table.Td>
                <Badge color={state === "ok" ? "teal.9" : "red.9"}>{words.checkState(state)}</Badge>
              </Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
        <Anchor
          renderRoot={(props) => <Link to="/policies/$" params={{ _splat: "" }} {...props} />}
        >
          {texts.policies}
        </Anchor>
      </Stack>
    </Section>
  );
}
