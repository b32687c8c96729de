import { Table, Text } from "@mantine/core";
import type { Submission } from "../../api/official.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Section } from "../../parts/section.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";

/** By its digests, since approvals hold for nothing else, and how one gets it to look at. */
export function BuiltSection({ submission }: { readonly submission: Submission }) {
  const { official: texts, common } = useMessages();
  const size = useByteSize();
  const { images, stage } = submission;
  return (
    <Section title={texts.built}>
      {images.length === 0 ? (
        <Text>{texts.nothingBuilt}</Text>
      ) : (
        <DataTable
          label={texts.built}
          columns={[texts.tags, texts.architecture, common.size, texts.digest]}
        >
          {images.map(({ tags, architecture, bytes, digest }) => (
            <Table.Tr key={`${digest} ${architecture}`}>
              <Table.Td className="name">{tags.join(", ")}</Table.Td>
              <Table.Td>{architecture}</Table.Td>
              <Table.Td>{size(bytes)}</Table.Td>
              <Table.Td className="name">{digest}</Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
      {stage === undefined || images[0] === undefined ? null : (
        <>
          <Text mt="sm">{texts.pull}</Text>
          <CommandLine text={`docker pull ${location.host}/${stage}@${images[0].digest}`} />
        </>
      )}
    </Section>
  );
}
