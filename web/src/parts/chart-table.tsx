import { Table } from "@mantine/core";
import { useState } from "react";
import { useMessages } from "../messages/use-messages.ts";
import { DataTable } from "./data-table.tsx";
import type { TimeChartProps } from "./time-series.ts";

/** The numbers of a chart, the latest first. */
export function ChartTable(
  props: Pick<TimeChartProps, "label" | "times" | "series" | "print"> & {
    readonly printTime: (at: string) => string;
  },
) {
  const { label, times, series, print, printTime } = props;
  const { usage: texts, common } = useMessages();
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{texts.asTable}</summary>
      {isOpen ? (
        <DataTable label={label} columns={[common.when, ...series.map(({ name }) => name)]}>
          {times
            .map((at, place) => (
              <Table.Tr key={at}>
                <Table.Td>{printTime(at)}</Table.Td>
                {series.map(({ name, values }) => (
                  <Table.Td key={name}>{print(values[place] ?? 0)}</Table.Td>
                ))}
              </Table.Tr>
            ))
            .toReversed()}
        </DataTable>
      ) : null}
    </details>
  );
}
