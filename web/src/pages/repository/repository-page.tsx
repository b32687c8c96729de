import { Container, Stack } from "@mantine/core";
import { useInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useParams, useRouterState } from "@tanstack/react-router";
import { repositoryQuery } from "../../api/repositories.ts";
import { type TagRow, tagsOf } from "../../api/tags.ts";
import { shortName } from "../../parts/repository-path.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { PullCommands } from "./pull-commands.tsx";
import { Readme } from "./readme.tsx";
import { RepositoryHead } from "./repository-head.tsx";
import { TagsPanel } from "./tags-panel.tsx";

export function RepositoryPage() {
  const { _splat = "" } = useParams({ strict: false });
  const isOfficial = useRouterState({
    select: ({ location }) => location.pathname.startsWith("/_/"),
  });
  const name = isOfficial ? `library/${_splat}` : _splat;
  const { data: repository } = useSuspenseQuery(repositoryQuery(name));
  const usual = useUsualTag(repository.name);
  usePageTitle(shortName(repository.name));
  return (
    <Container size="lg" px={0}>
      <Stack>
        <RepositoryHead repository={repository} />
        <PullCommands
          name={repository.name}
          reference={`:${usual?.name ?? "latest"}`}
          {...(usual && {
            digest: usual.digest,
            platforms: usual.platforms.map(({ platform }) => platform),
          })}
        />
        <TagsPanel repository={repository} />
        <Readme repository={repository} />
      </Stack>
    </Container>
  );
}

/** What one pulls without saying which: `latest` if it is among the newest tags, else the newest. */
function useUsualTag(repository: string): TagRow | undefined {
  const newest = useInfiniteQuery(tagsOf(repository)).data?.pages[0]?.items ?? [];
  return newest.find(({ name }) => name === "latest") ?? newest[0];
}
