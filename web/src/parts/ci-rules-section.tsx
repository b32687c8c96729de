import { Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type CiRule, ciRulesQuery } from "../api/ci-rules.ts";
import { useMessages } from "../messages/use-messages.ts";
import { CiRuleWriter } from "./ci-rule-writer.tsx";
import { DataTable } from "./data-table.tsx";
import { Section } from "./section.tsx";

const MINUTE_SECONDS = 60;

/** Which CI jobs get in by the word of their service, in the whole hub or in an organization, and how to let in more. */
export function CiRulesSection({ organization }: { readonly organization?: string }) {
  const { ci: texts } = useMessages();
  const { data } = useQuery({ ...ciRulesQuery(organization), throwOnError: true });
  const rules = data?.items ?? [];
  const nothing = organization === undefined ? texts.none : texts.noneHere;
  return (
    <Stack>
      <Section title={texts.title}>
        <Text mb="xs">{texts.explain}</Text>
        {data !== undefined && rules.length === 0 ? <Text>{nothing}</Text> : null}
        {rules.length === 0 ? null : (
          <DataTable
            label={texts.title}
            columns={[texts.issuer, texts.claims, texts.acts, texts.may, texts.lasts]}
          >
            {rules.map((rule) => (
              <RuleRow key={JSON.stringify(rule)} rule={rule} />
            ))}
          </DataTable>
        )}
      </Section>
      <CiRuleWriter organization={organization} />
    </Stack>
  );
}

function RuleRow({ rule }: { readonly rule: CiRule }) {
  const { ci: texts, words } = useMessages();
  const { issuer, audience, claims, account, repositories, actions, lifetimeSeconds } = rule;
  return (
    <Table.Tr>
      <Table.Td className="name">
        {issuer}
        {audience === null ? null : (
          <Text size="xs" c="dimmed">
            {texts.audience(audience)}
          </Text>
        )}
      </Table.Td>
      <Table.Td className="name">
        {Object.entries(claims).map(([name, value]) => (
          <Text key={name} size="sm">
            {name}: {value}
          </Text>
        ))}
      </Table.Td>
      <Table.Td className="name">{account}</Table.Td>
      <Table.Td className="name">
        {repositories.join(", ")}: {actions.map(words.action).join(", ")}
      </Table.Td>
      <Table.Td>{texts.minutes(String(Math.floor(lifetimeSeconds / MINUTE_SECONDS)))}</Table.Td>
    </Table.Tr>
  );
}
