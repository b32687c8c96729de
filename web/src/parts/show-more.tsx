import { Button, Center } from "@mantine/core";
import { useMessages } from "../messages/use-messages.ts";

interface Pages {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => unknown;
}

export function ShowMore({ pages }: { readonly pages: Pages }) {
  const { common } = useMessages();
  if (!pages.hasNextPage) return null;
  return (
    <Center mt="md">
      <Button
        variant="default"
        loading={pages.isFetchingNextPage}
        onClick={() => pages.fetchNextPage()}
      >
        {common.more}
      </Button>
    </Center>
  );
}
