import { Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type CiRule, ciRuleDeedsOf, ciRulesQuery } from "../api/ci-rules.ts";
import { useDeed } from "../api/use-deed.ts";
import { useMessages } from "../messages/use-messages.ts";
import { CiRuleWriter } from "./ci-rule-writer.tsx";
import { ConfirmButton } from "./confirm-button.tsx";
import { DataTable } from "./data-table.tsx";
import { ProblemText } from "./problem-text.tsx";
import { Section } from "./section.tsx";

interface SectionProps {
  /** The whole hub without one. */
  readonly organization?: string;
  readonly mayManage: boolean;
}

const MINUTE_SECONDS = 60;

/** Which CI jobs get in by the word of their service, to the hub or to an organization, and how to let in more. */
export function CiRulesSection({ organization, mayManage }: SectionProps) {
  const { ci: texts, common } = useMessages();
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
            columns={[
              ...[texts.issuer, texts.claims, texts.acts, texts.may, texts.lasts],
              common.actions,
            ]}
          >
            {rules.map((rule) => (
              <RuleRow
                key={rule.id ?? JSON.stringify(rule)}
                {...{ rule, organization, mayManage }}
              />
            ))}
          </DataTable>
        )}
      </Section>
      {mayManage ? <CiRuleWriter organization={organization} /> : null}
    </Stack>
  );
}

interface RowProps {
  readonly rule: CiRule;
  readonly organization: string | undefined;
  readonly mayManage: boolean;
}

function RuleRow({ rule, organization, mayManage }: RowProps) {
  const { ci: texts, words } = useMessages();
  const { issuer, audience, claims, account, repositories, actions, lifetimeSeconds } = rule;
  const isOwn = rule.source === (organization === undefined ? "hub" : "organization");
  return (
    <Table.Tr>
      <Table.Td className="name">
        {issuer}
        <Text size="xs" c="dimmed">
          {texts.from(texts.sources[rule.source], rule.name)}
        </Text>
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
      <Table.Td className="name">{account === "" ? texts.nobody : account}</Table.Td>
      <Table.Td className="name">
        {repositories.join(", ")}: {actions.map(words.action).join(", ")}
      </Table.Td>
      <Table.Td>{texts.minutes(String(Math.floor(lifetimeSeconds / MINUTE_SECONDS)))}</Table.Td>
      <Table.Td>
        {mayManage && isOwn && rule.id !== undefined ? (
          <RemoveRule id={rule.id} name={rule.name ?? ""} organization={organization} />
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}

function RemoveRule(props: {
  readonly id: string;
  readonly name: string;
  readonly organization: string | undefined;
}) {
  const { id, name, organization } = props;
  const { ci: texts, common } = useMessages();
  const removal = useDeed(ciRuleDeedsOf(organization).remove, ["ci-rules"]);
  return (
    <>
      <ConfirmButton
        text={common.remove}
        label={common.removeOne(name)}
        explain={texts.removeExplain}
        loading={removal.isPending}
        onConfirm={() => removal.mutate(id)}
      />
      <ProblemText error={removal.error} />
    </>
  );
}
