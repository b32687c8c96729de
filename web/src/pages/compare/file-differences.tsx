import { Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FileComparison, filesQuery } from "../../api/layers.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";
import { useCount } from "../../parts/use-count.ts";
import { Loading } from "../../shell/loading.tsx";

/** Files as they are when the images are unpacked. */
export function FileDifferences(props: {
  readonly repository: string;
  readonly from: string;
  readonly to: string;
}) {
  const { repository, from, to } = props;
  const { compare: texts } = useMessages();
  const found = useQuery(filesQuery(repository, { from, to }));
  if (found.isPending) return <Loading />;
  return (
    <Section title={texts.files}>
      {found.isError ? (
        <>
          <Text>{texts.unlisted}</Text>
          <ProblemText error={found.error} />
        </>
      ) : (
        <Files found={found.data} />
      )}
    </Section>
  );
}

function Files({ found }: { readonly found: FileComparison }) {
  const { compare: texts, common } = useMessages();
  const sizeOf = useByteSize();
  const countOf = useCount();
  const rows = rowsOf(found, sizeOf);
  const count = found.added.count + found.removed.count + found.changed.count;
  if (count === 0) return <Text>{texts.same}</Text>;
  return (
    <>
      <Text mb="xs">
        {texts.fileCounts(
          countOf(found.added.count),
          countOf(found.removed.count),
          countOf(found.changed.count),
        )}
      </Text>
      <DataTable
        label={texts.files}
        columns={[common.state, texts.path, texts.before, texts.after]}
      >
        {rows.map(({ change, path, before, after }) => (
          <Table.Tr key={`${change} ${path}`}>
            <Table.Td>{texts[change]}</Table.Td>
            <Table.Td className="name">{path}</Table.Td>
            <Table.Td>{before}</Table.Td>
            <Table.Td>{after}</Table.Td>
          </Table.Tr>
        ))}
      </DataTable>
      {rows.length < count ? <Text mt="xs">{texts.largestShown(countOf(rows.length))}</Text> : null}
    </>
  );
}

function rowsOf({ added, removed, changed }: FileComparison, sizeOf: (bytes: number) => string) {
  const print = ({ bytes, mode }: { bytes: number; mode: string }, other: { mode: string }) =>
    mode === other.mode ? sizeOf(bytes) : `${sizeOf(bytes)}, ${mode}`;
  return [
    ...added.files.map(({ path, bytes }) => ({
      ...{ change: "added" as const, path, before: "", after: sizeOf(bytes) },
    })),
    ...removed.files.map(({ path, bytes }) => ({
      ...{ change: "removed" as const, path, before: sizeOf(bytes), after: "" },
    })),
    ...changed.files.map(({ path, from, to }) => ({
      ...{ change: "changed" as const, path, before: print(from, to), after: print(to, from) },
    })),
  ];
}
