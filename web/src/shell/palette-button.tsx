import { ActionIcon, Button, Kbd } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useMessages } from "../messages/use-messages.ts";

export function PaletteButton({ onOpen }: { readonly onOpen: () => void }) {
  const { shell } = useMessages();
  return (
    <>
      <Button
        visibleFrom="sm"
        variant="default"
        onClick={onOpen}
        leftSection={<IconSearch size={16} />}
        rightSection={<Kbd size="xs">Ctrl K</Kbd>}
      >
        {shell.search}
      </Button>
      <ActionIcon
        hiddenFrom="sm"
        variant="default"
        size="lg"
        aria-label={shell.search}
        onClick={onOpen}
      >
        <IconSearch size={18} />
      </ActionIcon>
    </>
  );
}
