import { SimpleGrid } from "@mantine/core";
import { useDeferredValue } from "react";
import type { RepositoryCard } from "../../api/repositories.ts";
import { RepositoryCardView } from "./repository-card.tsx";

/** As many as a large screen shows at once. */
const IN_SIGHT = 12;

/** Those in sight are drawn at once, the others when they are on the screen. */
export function RepositoryCards({ cards }: { readonly cards: readonly RepositoryCard[] }) {
  const shown = useDeferredValue(cards, cards.slice(0, IN_SIGHT));
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      {shown.map((card) => (
        <RepositoryCardView key={card.name} card={card} />
      ))}
    </SimpleGrid>
  );
}
