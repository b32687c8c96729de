import { Anchor, Code, Table, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMessages } from "../../messages/use-messages.ts";

/** What a container starts with, and what the image and its maker say in key and value. */
export function ConfigTable(props: {
  readonly config: Readonly<Record<string, unknown>>;
  readonly annotations: Readonly<Record<string, string>>;
}) {
  const { image: texts } = useMessages();
  const { Labels: labels, ...config } = props.config;
  const groups = [
    { title: texts.config, entries: Object.entries(config) },
    { title: texts.labels, entries: Object.entries({ ...(labels as object | null) }) },
    { title: texts.annotations, entries: Object.entries(props.annotations) },
  ];
  return groups.map(({ title, entries }) => (
    <section key={title} aria-label={title}>
      <Title order={2} size="h5" mt="md">
        {title}
      </Title>
      {entries.length === 0 ? <Text>{texts.nothing}</Text> : null}
      <Table>
        <Table.Tbody>
          {entries.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th className="name">{name}</Table.Th>
              <Table.Td>
                <Code className="name">{print(value)}</Code>{" "}
                {title === texts.labels && typeof value === "string" ? (
                  <Anchor
                    size="sm"
                    aria-label={texts.findLabel(name)}
                    renderRoot={(props) => (
                      <Link to="/" search={{ label: `${name}=${value}` }} {...props} />
                    )}
                  >
                    {texts.find}
                  </Anchor>
                ) : null}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  ));
}

/** As people write it: lists of words as lines, everything else as JSON. */
function print(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(print).join("\n");
  return JSON.stringify(value);
}
