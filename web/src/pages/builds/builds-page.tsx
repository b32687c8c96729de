import { Anchor, Breadcrumbs, Container, Stack, Title } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { repositoryQuery } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { repositoryPath, shortName } from "../../parts/repository-path.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { BuildTable } from "./build-table.tsx";
import { RulePreview } from "./rule-preview.tsx";
import { RulesSection } from "./rules-section.tsx";
import { SecretsSection } from "./secrets-section.tsx";
import { SourceSection } from "./source-section.tsx";
import { StartBuild } from "./start-build.tsx";
import { TriggersSection } from "./triggers-section.tsx";

/** What was built of the Git repository of an image, what waits, and by which rules. */
export function BuildsPage() {
  const { builds: texts } = useMessages();
  const { _splat: name = "" } = useParams({ strict: false });
  const { data: repository } = useSuspenseQuery(repositoryQuery(name));
  const isAdmin = repository.may.includes("admin");
  const title = texts.title(shortName(name));
  usePageTitle(title);
  return (
    <Container size="lg" px={0}>
      <Breadcrumbs>
        <Anchor component={Link} to={repositoryPath(name)} className="name">
          {shortName(name)}
        </Anchor>
      </Breadcrumbs>
      <Title order={1} size="h2" mb="md" className="name">
        {title}
      </Title>
      <Stack>
        {repository.may.includes("push") ? <StartBuild repository={name} /> : null}
        <BuildTable repository={name} />
        <RulesSection repository={name} mayChange={isAdmin} />
        <RulePreview repository={name} />
        {repository.may.includes("push") ? (
          <SourceSection repository={name} mayChange={isAdmin} />
        ) : null}
        {isAdmin ? (
          <>
            <TriggersSection repository={name} />
            <SecretsSection repository={name} />
          </>
        ) : null}
      </Stack>
    </Container>
  );
}
