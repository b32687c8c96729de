import { Alert, Badge, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { advisoriesQuery } from "../../api/scans.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

/** Without advisories scans find nothing: this is where they come from. */
function HowToBring() {
  const { admin: texts } = useMessages();
  return (
    <Alert color="orange">
      <Text>{texts.noAdvisories}</Text>
      <Text mb="xs">{texts.bringAdvisories}</Text>
      <CommandLine text="berth advisories import DIRECTORY" />
    </Alert>
  );
}

/** What is known of vulnerabilities, whose word it is, and how old. */
export function AdvisoriesPanel() {
  const { admin: texts, scanning, common } = useMessages();
  const { data, error } = useQuery(advisoriesQuery);
  return (
    <Stack>
      <ProblemText error={error} />
      {data?.revision === null ? <HowToBring /> : null}
      <Section title={texts.sources}>
        <DataTable
          label={texts.sources}
          columns={[common.name, texts.ageDays, texts.imported, scanning.advisories]}
        >
          {(data?.sources ?? []).map(({ id, title, date, ageDays, importedAt, records }) => (
            <Table.Tr key={id}>
              <Table.Td className="name">{title}</Table.Td>
              <Table.Td>
                {date ?? "–"} {ageDays === null ? "" : `(${common.days(String(ageDays))})`}
              </Table.Td>
              <Table.Td>
                <TimeAgo at={importedAt} />
              </Table.Td>
              <Table.Td>{records}</Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      </Section>
      <Section title={scanning.coverage}>
        <DataTable
          label={scanning.coverage}
          columns={[
            ...[scanning.ecosystem, scanning.packages, scanning.advisories, scanning.newest],
            scanning.unfixed,
          ]}
        >
          {(data?.ecosystems ?? []).map(({ ecosystem, packages, entries, newest, listsOpen }) => (
            <Table.Tr key={ecosystem}>
              <Table.Td className="name">{ecosystem}</Table.Td>
              <Table.Td>{packages}</Table.Td>
              <Table.Td>{entries}</Table.Td>
              <Table.Td>{newest ?? "–"}</Table.Td>
              <Table.Td>{listsOpen ? common.yes : common.no}</Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      </Section>
      <Section title={texts.feeds}>
        {data?.feeds.length === 0 ? <Text>{texts.noFeeds}</Text> : null}
        {data?.feeds.map(({ name, checkedAt, failed }) => (
          <Text key={name} component="div" className="name">
            {name} <TimeAgo at={checkedAt} />{" "}
            <Badge color={failed ? "red.9" : "teal.9"}>{failed ? texts.failed : texts.fine}</Badge>
          </Text>
        ))}
      </Section>
    </Stack>
  );
}
