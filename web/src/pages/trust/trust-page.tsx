import { Anchor, Breadcrumbs, Container, Stack, Text, Title } from "@mantine/core";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { contentTrustQuery } from "../../api/content-trust.ts";
import { repositoryQuery } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { repositoryPath, shortName } from "../../parts/repository-path.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { CollectionSection } from "./collection-section.tsx";

/** What is signed in a repository by docker trust and Notary, and the way out of a lost root key. */
export function TrustPage() {
  const { contentTrust: texts } = useMessages();
  const { _splat: name = "" } = useParams({ from: "/trust/$" });
  const { data: repository } = useSuspenseQuery(repositoryQuery(name));
  const found = useQuery(contentTrustQuery(name));
  const title = texts.title(shortName(name));
  usePageTitle(title);
  return (
    <Container size="lg" px={0}>
      <Breadcrumbs>
        <Anchor component={Link} to={repositoryPath(name)} className="name">
          {shortName(name)}
        </Anchor>
      </Breadcrumbs>
      <Title order={1} size="h2" className="name">
        {title}
      </Title>
      <Text mb="md">{texts.explain}</Text>
      <ProblemText error={found.error} />
      <Stack>
        {found.data?.items.length === 0 ? (
          <div>
            <Text mb="xs">{texts.none}</Text>
            <CommandLine
              text={`docker push --disable-content-trust=false ${location.host}/${name}:TAG`}
            />
          </div>
        ) : null}
        {found.data?.items.map((collection) => (
          <CollectionSection
            key={collection.gun}
            collection={collection}
            repository={name}
            mayReset={repository.may.includes("admin")}
          />
        ))}
      </Stack>
    </Container>
  );
}
