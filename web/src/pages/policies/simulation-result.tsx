import { Group, Stack, Table, Text } from "@mantine/core";
import { SIMULATED_SHOWN, type Simulation } from "../../api/retention.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";
import { useCount } from "../../parts/use-count.ts";
import { SimulationPicture } from "./simulation-picture.tsx";

/** What a policy would do: totals first, then each thing with its reason. */
export function SimulationResult({ simulation }: { readonly simulation: Simulation }) {
  const { policies: texts } = useMessages();
  const { items, report } = simulation;
  const countOf = useCount();
  const sizeOf = useByteSize();
  const totals = [
    [texts.removes, countOf(report.removed)],
    [texts.keeps, countOf(report.kept)],
    [texts.frees, sizeOf(report.freedBytes)],
    [texts.examined, countOf(report.examined)],
    [texts.newlyRemoved, countOf(report.newlyRemoved)],
    [texts.pulledLately, countOf(report.pulledLately)],
  ] as const;
  return (
    <Stack role="status" aria-label={texts.result}>
      <Group component="dl" gap="lg" m={0}>
        {totals.map(([name, value]) => (
          <div key={name}>
            <Text component="dt" size="xs" c="dimmed">
              {name}
            </Text>
            <Text component="dd" m={0} fw={600}>
              {value}
            </Text>
          </div>
        ))}
      </Group>
      <SimulationPicture simulation={simulation} />
      {report.removed === 0 ? <Text>{texts.nothing}</Text> : <Removals items={items} />}
      {report.removed > SIMULATED_SHOWN ? (
        <Text size="sm">{texts.shown(String(SIMULATED_SHOWN))}</Text>
      ) : null}
    </Stack>
  );
}

function Removals({ items }: Pick<Simulation, "items">) {
  const { policies: texts, common, repository } = useMessages();
  const sizeOf = useByteSize();
  return (
    <DataTable
      label={texts.result}
      columns={[
        ...[texts.tag, texts.repository, texts.line, texts.why, common.size],
        repository.lastPull,
      ]}
    >
      {items.map((item) => (
        <Table.Tr key={`${item.repository} ${item.tag ?? ""} ${item.digest}`}>
          <Table.Td className="name">{item.tag ?? texts.untagged}</Table.Td>
          <Table.Td className="name">{item.repository}</Table.Td>
          <Table.Td>{item.line}</Table.Td>
          <Table.Td className="name">{item.why}</Table.Td>
          <Table.Td>{sizeOf(item.bytes)}</Table.Td>
          <Table.Td>
            <TimeAgo at={item.pulledAt} />
          </Table.Td>
        </Table.Tr>
      ))}
    </DataTable>
  );
}
