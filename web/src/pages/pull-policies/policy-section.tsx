import { Badge, Button, Code, Group, Text } from "@mantine/core";
import { POLICIES_KEY, type PullPolicy, policyDeeds } from "../../api/pull-policies.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { ExceptionsTable } from "./exceptions-table.tsx";
import { MODE_COLORS } from "./policy-draft.ts";
import { ReportsTable } from "./reports-table.tsx";

/** One policy: what it asks for, what it caught, and what it lets through nevertheless. */
export function PolicySection(props: {
  readonly scope: string;
  readonly policy: PullPolicy;
  readonly onEdit: () => void;
}) {
  const { scope, policy, onEdit } = props;
  const { name, mode, rules, tags, pattern, updatedAt, updatedBy } = policy;
  const { pullPolicies: texts, common } = useMessages();
  const removal = useDeed(policyDeeds.remove, POLICIES_KEY);
  return (
    <Section title={name}>
      <Group gap="xs" mb="xs">
        <Badge color={MODE_COLORS[mode]}>{texts.shortModes[mode]}</Badge>
        <Text size="sm" component="div">
          {texts.changed(updatedBy)}, <TimeAgo at={updatedAt} />
        </Text>
        <Button size="xs" variant="default" aria-label={texts.editOne(name)} onClick={onEdit}>
          {texts.edit}
        </Button>
        <ConfirmButton
          text={common.remove}
          label={texts.removeOne(name)}
          explain={texts.removeExplain}
          loading={removal.isPending}
          onConfirm={() => removal.mutate({ scope, name })}
        />
      </Group>
      <ProblemText error={removal.error} />
      {[pattern, ...tags].some((each) => each !== "") ? (
        <Text size="sm" className="name">
          {[pattern, ...tags].filter((each) => each !== "").join(", ")}
        </Text>
      ) : null}
      <Text size="sm">{texts.asks}</Text>
      <Code block className="command">
        {JSON.stringify(rules, undefined, 2)}
      </Code>
      <ExceptionsTable {...{ scope, name }} />
      <ReportsTable {...{ scope, name }} />
    </Section>
  );
}
