import { Code, Table, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { settingsQuery } from "../../api/operating.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";

/** Every setting: what it is, what it means, and where it was said. */
export function SettingsPanel() {
  const { operating: texts, admin } = useMessages();
  const [typed, setTyped] = useState("");
  const { data, error } = useQuery(settingsQuery);
  const wanted = typed.trim().toLowerCase();
  const fitting = (data?.items ?? []).filter(({ name, variable, description }) =>
    `${name} ${variable} ${description}`.toLowerCase().includes(wanted),
  );
  return (
    <Section title={admin.tabs.settings}>
      <Text mb="xs">{texts.settingsExplain}</Text>
      <TextInput
        type="search"
        aria-label={texts.filterSettings}
        placeholder={texts.filterSettings}
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      <ProblemText error={error} />
      <DataTable
        label={admin.tabs.settings}
        columns={[texts.setting, texts.value, texts.source, texts.meaning]}
      >
        {fitting.map(({ name, variable, value, source, description }) => (
          <Table.Tr key={name}>
            <Table.Td className="name">
              {name}
              <Text size="xs" c="dimmed" className="name">
                {variable}
              </Text>
            </Table.Td>
            <Table.Td>
              <Code className="name">{value === null ? "–" : JSON.stringify(value)}</Code>
            </Table.Td>
            <Table.Td>{texts.sources[source]}</Table.Td>
            <Table.Td className="name">{description}</Table.Td>
          </Table.Tr>
        ))}
      </DataTable>
    </Section>
  );
}
