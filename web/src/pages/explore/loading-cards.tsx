import { SimpleGrid, Skeleton } from "@mantine/core";
import { useMessages } from "../../messages/use-messages.ts";

const CARDS = ["1", "2", "3", "4", "5", "6", "7", "8"];
/** Of a card with a description of one line. */
const CARD_HEIGHT = 118;

/** As much room as the first cards take, so that nothing moves when they are there. */
export function LoadingCards() {
  const { failure } = useMessages();
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} role="status" aria-label={failure.loading}>
      {CARDS.map((card) => (
        <Skeleton key={card} height={CARD_HEIGHT} />
      ))}
    </SimpleGrid>
  );
}
