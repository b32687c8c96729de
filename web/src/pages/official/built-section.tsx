import { Table, Text } from "@mantine/core";
import type { Submission } from "../../api/official.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Section } from "../../parts/section.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";

type Row = Omit<Submission["images"][number], "bytes"> & { readonly bytes?: number };

function toRow(
  { tags, digest, images: held }: Submission["indexes"][number],
  images: Submission["images"],
): Row {
  const inside = images.filter((image) => held.includes(image.digest));
  const architectures = new Set(inside.map(({ architecture }) => architecture));
  return { tags, digest, architecture: [...architectures].join(", ") };
}

/** By its digests, since approvals hold for nothing else, and how one gets it to look at. */
export function BuiltSection({ submission }: { readonly submission: Submission }) {
  const { official: texts, common } = useMessages();
  const size = useByteSize();
  const { images, indexes, stage } = submission;
  const joined = new Set(indexes.flatMap(({ tags }) => tags));
  const rows: Row[] = [
    ...images.map((one) => ({ ...one, tags: one.tags.filter((tag) => !joined.has(tag)) })),
    ...indexes.map((index) => toRow(index, images)),
  ];
  // Of several architectures, whichever is that of who looks.
  const first = indexes[0] ?? images[0];
  return (
    <Section title={texts.built}>
      {images.length === 0 ? (
        <Text>{texts.nothingBuilt}</Text>
      ) : (
        <DataTable
          label={texts.built}
          columns={[texts.tags, texts.architecture, common.size, texts.digest]}
        >
          {rows.map(({ tags, architecture, bytes, digest }) => (
            <Table.Tr key={`${digest} ${architecture}`}>
              <Table.Td className="name">{tags.join(", ")}</Table.Td>
              <Table.Td>{architecture}</Table.Td>
              <Table.Td>{bytes === undefined ? null : size(bytes)}</Table.Td>
              <Table.Td className="name">{digest}</Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
      {stage === undefined || first === undefined ? null : (
        <>
          <Text mt="sm">{texts.pull}</Text>
          <CommandLine text={`docker pull ${location.host}/${stage}@${first.digest}`} />
        </>
      )}
    </Section>
  );
}
