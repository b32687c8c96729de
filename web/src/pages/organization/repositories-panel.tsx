import { SimpleGrid, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { repositoryCardsQuery } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";
import { ShowMore } from "../../parts/show-more.tsx";
import { Loading } from "../../shell/loading.tsx";
import { RepositoryCardView } from "../explore/repository-card.tsx";

export function RepositoriesPanel({ name }: { readonly name: string }) {
  const { organizations: texts } = useMessages();
  const wish = { q: "", order: "pushed", namespace: name } as const;
  const found = useInfiniteQuery({ ...repositoryCardsQuery(wish), throwOnError: true });
  const cards = found.data?.pages.flatMap(({ items }) => items) ?? [];
  if (found.isPending) return <Loading />;
  if (cards.length === 0)
    return (
      <Stack>
        <Text>{texts.noRepositories}</Text>
        <CommandLine text={`docker push ${window.location.host}/${name}/hello`} />
      </Stack>
    );
  return (
    <>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {cards.map((card) => (
          <RepositoryCardView key={card.name} card={card} />
        ))}
      </SimpleGrid>
      <ShowMore pages={found} />
    </>
  );
}
