import { Button, Center, Container, Group, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { ARCHITECTURES, CATEGORIES } from "../../api/discovery.ts";
import {
  REPOSITORY_ORDERS,
  type RepositoryOrder,
  repositoryCardsQuery,
} from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ChoiceField, FilterField } from "../../parts/choice-field.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { params } from "../../search-params.ts";
import { ChosenLabel } from "./chosen-label.tsx";
import { LoadingCards } from "./loading-cards.tsx";
import { NothingFound } from "./nothing-found.tsx";
import { RepositoryCards } from "./repository-cards.tsx";

/** The hub's front page: what is here, and what somebody looks for, as they type. */
export function ExplorePage() {
  const { explore, discovery } = useMessages();
  const { q = "", order = "pushed", category, architecture, label } = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  usePageTitle(explore.title);
  const found = useInfiniteQuery({
    ...repositoryCardsQuery({ q, order, category, architecture, label }),
    placeholderData: (previous) => previous,
  });
  const pages = found.data?.pages;
  const cards = useMemo(() => pages?.flatMap(({ items }) => items) ?? [], [pages]);
  const search = (text: string) =>
    navigate({ search: (now) => ({ ...now, q: text }), replace: true });
  const sort = (wish: RepositoryOrder) =>
    navigate({ search: (now) => ({ ...now, order: wish }), replace: true });
  return (
    <Container size="lg" px={0}>
      <Title order={1} mb="md">
        {explore.title}
      </Title>
      <Group mb="md" align="end">
        <SearchField
          {...{ q, label: explore.label, placeholder: explore.placeholder }}
          onSearch={(text) => void search(text)}
        />
        <FilterField
          label={discovery.category}
          any={discovery.anyCategory}
          choices={CATEGORIES.map((value) => ({ value, label: discovery.categories[value] }))}
          value={category}
          onChoose={(wish) =>
            void navigate({ search: (now) => params({ ...now, category: wish }) })
          }
        />
        <FilterField
          label={discovery.architecture}
          any={discovery.anyArchitecture}
          choices={ARCHITECTURES.map((value) => ({ value, label: value }))}
          value={architecture}
          onChoose={(wish) =>
            void navigate({ search: (now) => params({ ...now, architecture: wish }) })
          }
        />
        <ChoiceField
          label={explore.order}
          choices={REPOSITORY_ORDERS.map((value) => ({ value, label: explore.orders[value] }))}
          value={order}
          onChoose={(wish) => void sort(wish)}
        />
      </Group>
      <ChosenLabel label={label} />
      {found.isPending ? <LoadingCards /> : null}
      <ProblemText error={found.error} />
      {cards.length === 0 ? null : <RepositoryCards cards={cards} />}
      {found.isSuccess && cards.length === 0 ? (
        <NothingFound
          q={q}
          isFiltered={[category, architecture, label].some((wish) => wish !== undefined)}
        />
      ) : null}
      {found.hasNextPage ? (
        <Center mt="md">
          <Button
            variant="default"
            loading={found.isFetchingNextPage}
            onClick={() => found.fetchNextPage()}
          >
            {explore.more}
          </Button>
        </Center>
      ) : null}
    </Container>
  );
}
