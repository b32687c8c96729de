import { Anchor, Badge, Code, Container, Group, Stack, Text, Title } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { type RetentionHere, retentionQuery, scopeOf } from "../../api/retention.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { Section } from "../../parts/section.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { WayBack } from "../../parts/way-back.tsx";
import { OverridesSection } from "./overrides-section.tsx";
import { RetentionEditor } from "./retention-editor.tsx";
import { RunsSection } from "./runs-section.tsx";
import { TagRulesSection } from "./tag-rules-section.tsx";

/** What stays and what goes, of a repository, a namespace or the hub: said, tried out, run and undone. */
export function PoliciesPage() {
  const { policies: texts, pullPolicies } = useMessages();
  const { _splat: name = "" } = useParams({ from: "/policies/$" });
  const scope = scopeOf(name);
  const { data } = useSuspenseQuery(retentionQuery(scope));
  const title = texts.title(name === "" ? texts.hub : name);
  usePageTitle(title);
  return (
    <Container size="lg" px={0}>
      <Group gap="md">
        <WayBack place={name} />
        <Anchor
          renderRoot={(rest) => <Link to="/pull-policies/$" params={{ _splat: name }} {...rest} />}
        >
          {pullPolicies.link}
        </Anchor>
      </Group>
      <Title order={1} mb="md" className="name">
        {title}
      </Title>
      <Stack>
        <InForce policy={data.inForce} />
        <RetentionEditor key={name} scope={scope} here={data} />
        <RunsSection scope={scope} />
        <TagRulesSection scope={scope} />
        {scope.kind === "repository" ? <OverridesSection repository={name} /> : null}
      </Stack>
    </Container>
  );
}

function InForce({ policy }: { readonly policy: RetentionHere["inForce"] }) {
  const { policies: texts } = useMessages();
  return (
    <Section title={texts.inForce}>
      {policy === undefined ? (
        <Text>{texts.noneInForce}</Text>
      ) : (
        <Stack gap="xs">
          <Group gap="xs">
            <Text className="name">{texts.from(policy.scope.name ?? texts.hub)}</Text>
            {policy.pausedAt === undefined ? null : <Badge color="gray.8">{texts.paused}</Badge>}
          </Group>
          <Text>{texts.readings[policy.reading]}</Text>
          <Code block className="command">
            {policy.policy}
          </Code>
        </Stack>
      )}
    </Section>
  );
}
