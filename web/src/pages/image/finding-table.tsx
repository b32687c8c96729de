import { Text } from "@mantine/core";
import { useState } from "react";
import type { ScanFinding } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { type FindingFilter, FindingFilters, fits, NO_FILTER } from "./finding-filters.tsx";
import { FindingRow } from "./finding-row.tsx";

const SHOWN = 200;

/** Each finding with the way to its fix: the package, the version that is safe, and the instruction that brought it in. */
export function FindingTable(props: {
  readonly repository: string;
  /** Of the image they were found in. */
  readonly digest: string;
  readonly findings: readonly ScanFinding[];
}) {
  const { repository, digest, findings } = props;
  const { findings: texts, scanning, common } = useMessages();
  const [filter, setFilter] = useState<FindingFilter>(NO_FILTER);
  if (findings.length === 0) return <Text>{texts.none}</Text>;
  const fitting = findings.filter((finding) => fits(finding, filter));
  const shown = fitting.slice(0, SHOWN);
  return (
    <>
      <FindingFilters findings={findings} filter={filter} onFilter={setFilter} />
      {shown.length === findings.length ? null : (
        <Text size="sm" role="status">
          {scanning.shown(String(shown.length), String(findings.length))}
        </Text>
      )}
      <DataTable
        label={texts.title}
        columns={[
          ...[texts.severity, texts.id, texts.package, texts.fix, texts.where],
          common.actions,
        ]}
      >
        {shown.map((finding) => (
          <FindingRow
            key={`${finding.id} ${finding.package.name} ${finding.path}`}
            {...{ repository, digest, finding }}
          />
        ))}
      </DataTable>
    </>
  );
}
