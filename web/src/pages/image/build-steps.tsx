import { Code, ScrollArea, Table, Text } from "@mantine/core";
import type { ImageView } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { useByteSize } from "../../parts/use-byte-size.ts";

type Steps = NonNullable<ImageView["image"]>["steps"];

/** Each instruction of the build, with what it added. */
export function BuildSteps({ steps }: { readonly steps: Steps }) {
  const { image: texts } = useMessages();
  const size = useByteSize();
  return (
    <ScrollArea>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{texts.instruction}</Table.Th>
            <Table.Th>{texts.size}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {steps.map(({ instruction, layer }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps of an image have no names and never move
            <Table.Tr key={index}>
              <Table.Td>
                <Code className="name">{instruction || texts.unknownInstruction}</Code>
                {layer === undefined ? null : (
                  <Text size="xs" className="digest" c="dimmed">
                    {layer.digest}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>{layer === undefined ? "–" : size(layer.bytes)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
