import { Code, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ImageView, imageQuery } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";
import { Loading } from "../../shell/loading.tsx";
import { differencesOf } from "./differences-of.ts";

/** What the images themselves say: configuration and layers. */
export function ImageDifferences(props: {
  readonly repository: string;
  readonly from: string;
  readonly to: string;
}) {
  const before = useQuery(imageQuery(props.repository, props.from));
  const after = useQuery(imageQuery(props.repository, props.to));
  if (before.isPending || after.isPending) return <Loading />;
  return (
    <>
      <ProblemText error={before.error ?? after.error} />
      <Configurations before={before.data} after={after.data} />
      <Layers before={before.data} after={after.data} />
    </>
  );
}

interface Both {
  readonly before: ImageView | undefined;
  readonly after: ImageView | undefined;
}

function Configurations({ before, after }: Both) {
  const { compare: texts } = useMessages();
  const rows = differencesOf(before?.image?.config ?? {}, after?.image?.config ?? {});
  return (
    <Section title={texts.config}>
      {rows.length === 0 ? (
        <Text>{texts.same}</Text>
      ) : (
        <DataTable label={texts.config} columns={[texts.key, texts.before, texts.after]}>
          {rows.map(({ key, from, to }) => (
            <Table.Tr key={key}>
              <Table.Th className="name">{key}</Table.Th>
              <Table.Td>
                <Code className="name">{from}</Code>
              </Table.Td>
              <Table.Td>
                <Code className="name">{to}</Code>
              </Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
    </Section>
  );
}

function Layers({ before, after }: Both) {
  const { compare: texts, image, common } = useMessages();
  const sizeOf = useByteSize();
  const [from, to] = [layersOf(before), layersOf(after)];
  const shared = [...to].filter(([digest]) => from.has(digest));
  const rows = [
    ...[...to]
      .filter(([digest]) => !from.has(digest))
      .map(([digest, step]) => ({ digest, ...step, change: texts.added })),
    ...[...from]
      .filter(([digest]) => !to.has(digest))
      .map(([digest, step]) => ({ digest, ...step, change: texts.removed })),
  ];
  const bytes = shared.reduce((sum, [, step]) => sum + step.bytes, 0);
  return (
    <Section title={texts.layers}>
      <Text mb="xs">{texts.shared(String(shared.length), sizeOf(bytes))}</Text>
      {rows.length === 0 ? null : (
        <DataTable label={texts.layers} columns={[common.state, image.instruction, common.size]}>
          {rows.map(({ digest, change, instruction, bytes: size }) => (
            <Table.Tr key={`${change} ${digest}`}>
              <Table.Td>{change}</Table.Td>
              <Table.Td className="name">
                <Code className="name">{instruction || image.unknownInstruction}</Code>
                <Text size="xs" className="digest" c="dimmed">
                  {digest}
                </Text>
              </Table.Td>
              <Table.Td>{sizeOf(size)}</Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
    </Section>
  );
}

function layersOf(view: ImageView | undefined) {
  const steps = view?.image?.steps ?? [];
  return new Map(
    steps.flatMap(({ instruction, layer }) =>
      layer === undefined ? [] : [[layer.digest, { instruction, bytes: layer.bytes }] as const],
    ),
  );
}
