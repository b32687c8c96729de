import { Alert, Badge, Group, List, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { explanationQuery, type PolicyExplanation } from "../../api/pull-policies.ts";
import { useRepositoryRights } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { Loading } from "../../shell/loading.tsx";
import { ApproveException } from "../pull-policies/approve-exception.tsx";
import { MODE_COLORS } from "../pull-policies/policy-draft.ts";

const COLORS = { allowed: "green", reported: "blue", warned: "yellow", refused: "red" } as const;

/** What the pull policies say of it: each condition, and what there is instead. */
export function ExplanationSection(props: {
  readonly repository: string;
  readonly reference: string;
}) {
  const { repository, reference } = props;
  const { trust: texts } = useMessages();
  const found = useQuery(explanationQuery(repository, reference));
  if (found.isPending) return <Loading />;
  if (found.isError) return <ProblemText error={found.error} />;
  const { outcome, isExempt, policies, digest } = found.data;
  return (
    <Section title={texts.policies}>
      <Alert color={COLORS[outcome]} mb="sm">
        {isExempt ? texts.exempt : texts.outcomes[outcome]}
      </Alert>
      {policies.length === 0 ? <Text>{texts.noPolicies}</Text> : null}
      {policies.map((policy) => (
        <Policy key={`${policy.scope} ${policy.name}`} {...{ policy, repository, digest }} />
      ))}
    </Section>
  );
}

function Policy(props: {
  readonly policy: PolicyExplanation["policies"][number];
  readonly repository: string;
  readonly digest: string;
}) {
  const { repository, digest } = props;
  const { name, scope, mode, isMet, exception, conditions } = props.policy;
  const { trust: texts, pullPolicies } = useMessages();
  const title = texts.policy(name, scope);
  const mayManage = useRepositoryRights(repository).includes("admin");
  return (
    <section aria-label={title}>
      <Group gap="xs" mt="sm">
        <Title order={3} size="h5" className="name">
          {title}
        </Title>
        <Badge color={MODE_COLORS[mode]}>{pullPolicies.shortModes[mode]}</Badge>
        <Badge color={isMet ? "teal.9" : "red.9"}>{isMet ? texts.met : texts.unmet}</Badge>
      </Group>
      {exception === null ? null : <Text className="name">{texts.excepted(exception)}</Text>}
      <List>
        {conditions.map((condition) => (
          <List.Item key={condition.asks} className="name">
            {condition.asks}: {condition.isMet ? texts.met : texts.unmet}
            {condition.found === "" ? "" : `, ${texts.found(condition.found)}`}
          </List.Item>
        ))}
      </List>
      {!isMet && exception === null && mayManage ? (
        <ApproveException policy={{ scope, name }} {...{ repository, reference: digest }} />
      ) : null}
    </section>
  );
}
