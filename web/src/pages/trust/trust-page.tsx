import { Container, Stack, Text } from "@mantine/core";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { contentTrustQuery } from "../../api/content-trust.ts";
import { repositoryQuery } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { shortName } from "../../parts/repository-path.ts";
import { TitleBelow } from "../../parts/title-below.tsx";
import { CollectionSection } from "./collection-section.tsx";

/** What is signed in a repository by docker trust and Notary, and the way out of a lost root key. */
export function TrustPage() {
  const { contentTrust: texts } = useMessages();
  const { _splat: name = "" } = useParams({ from: "/trust/$" });
  const { data: repository } = useSuspenseQuery(repositoryQuery(name));
  const found = useQuery(contentTrustQuery(name));
  return (
    <Container size="lg" px={0}>
      <TitleBelow repository={name} title={texts.title(shortName(name))} />
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
