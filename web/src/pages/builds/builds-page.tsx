import { Container, Stack } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { repositoryQuery } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { shortName } from "../../parts/repository-path.ts";
import { TitleBelow } from "../../parts/title-below.tsx";
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
  return (
    <Container size="lg" px={0}>
      <TitleBelow repository={name} title={texts.title(shortName(name))} />
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
