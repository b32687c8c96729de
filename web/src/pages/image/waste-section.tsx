import { Code, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type LayerAdvice, type LayersReport, layersQuery } from "../../api/layers.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";

const PERCENT = 100;

/** Files that waste space: in which layer, because of which step, and what to do about it. */
export function WasteSection(props: { readonly repository: string; readonly reference: string }) {
  const { repository, reference } = props;
  const { waste: texts } = useMessages();
  const { data, error } = useQuery(layersQuery(repository, reference));
  const images = data?.images ?? [];
  return (
    <Section title={texts.title}>
      <ProblemText error={error} />
      {images.map(({ digest, platform, state, reason, report }) => (
        <div key={digest}>
          {images.length > 1 ? <Title order={3}>{platform ?? digest}</Title> : null}
          {report === null ? (
            <Text className="name">{reason ?? texts.states[state]}</Text>
          ) : (
            <Report report={report} />
          )}
        </div>
      ))}
    </Section>
  );
}

function Report({ report }: { readonly report: LayersReport }) {
  const { waste: texts, image } = useMessages();
  const size = useByteSize();
  const { bytes, hiddenBytes, efficiency, layers, advice } = report;
  return (
    <Stack>
      <Text>
        {texts.sum(size(hiddenBytes), size(bytes), String(Math.round(efficiency * PERCENT)))}
      </Text>
      <DataTable
        label={texts.title}
        columns={[image.instruction, texts.files, image.size, texts.hidden]}
      >
        {layers.map((layer) => (
          <Table.Tr key={layer.diffId}>
            <Table.Td>
              <Code className="name">{layer.instruction ?? image.unknownInstruction}</Code>
            </Table.Td>
            <Table.Td>{layer.files}</Table.Td>
            <Table.Td>{size(layer.bytes)}</Table.Td>
            <Table.Td>{size(layer.hiddenBytes)}</Table.Td>
          </Table.Tr>
        ))}
      </DataTable>
      {advice.map((one) => (
        <Advice key={`${one.id} ${one.layer}`} advice={one} />
      ))}
    </Stack>
  );
}

function Advice({ advice }: { readonly advice: LayerAdvice }) {
  const { waste: texts } = useMessages();
  const size = useByteSize();
  const { id, title, bytes, why, how, files, fileCount, patch } = advice;
  return (
    <article aria-label={title}>
      <Title order={3} size="h5" className="name">
        {title}: {size(bytes)}
      </Title>
      <Text size="sm">{why}</Text>
      <Text size="sm">{how}</Text>
      <Text size="xs" className="name">
        {files.join(", ")}
        {fileCount > files.length ? texts.more(String(fileCount - files.length)) : ""}
      </Text>
      {patch === null ? null : (
        <Code block className="command">
          {patch}
        </Code>
      )}
      <Text size="xs">{id}</Text>
    </article>
  );
}
