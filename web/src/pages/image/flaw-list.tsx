import { Badge, List, Text, Title } from "@mantine/core";
import type { ScanReport } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { SEVERITY_COLORS } from "../../parts/severities.ts";

/** What is wrong with the image itself, and packages that do not fit together. */
export function FlawList({ report }: { readonly report: ScanReport }) {
  const { findings: texts } = useMessages();
  const { flaws, conflicts } = report;
  return (
    <>
      {flaws.length === 0 ? null : (
        <section aria-label={texts.flaws}>
          <Title order={3} size="h5" mt="md">
            {texts.flaws}
          </Title>
          <List spacing="xs">
            {flaws.map(({ id, severity, title, why, fix, detail }) => (
              <List.Item key={`${id} ${detail}`} className="name">
                <Badge color={SEVERITY_COLORS[severity]}>{texts.severities[severity]}</Badge>{" "}
                {title}
                <Text size="sm">{why}</Text>
                <Text size="sm">{fix}</Text>
              </List.Item>
            ))}
          </List>
        </section>
      )}
      {conflicts.length === 0 ? null : (
        <section aria-label={texts.conflicts}>
          <Title order={3} size="h5" mt="md">
            {texts.conflicts}
          </Title>
          <List>
            {conflicts.map(({ kind, message, package: { name } }) => (
              <List.Item key={`${kind} ${name} ${message}`} className="name">
                {message}
              </List.Item>
            ))}
          </List>
        </section>
      )}
    </>
  );
}
