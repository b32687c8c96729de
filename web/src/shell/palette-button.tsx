import { ActionIcon, Button, Kbd } from "@mantine/core";
import { spotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useMessages } from "../messages/use-messages.ts";

export function PaletteButton() {
  const { shell } = useMessages();
  return (
    <>
      <Button
        visibleFrom="sm"
        variant="default"
        onClick={spotlight.open}
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
        onClick={spotlight.open}
      >
        <IconSearch size={18} />
      </ActionIcon>
    </>
  );
}
