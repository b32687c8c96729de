import { Alert } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useAway } from "../api/use-away.ts";
import { useMessages } from "../messages/use-messages.ts";

/** Says that nobody answers, for as long as nobody does. */
export function AwayBanner() {
  const { shell } = useMessages();
  if (!useAway()) return null;
  return (
    <Alert color="orange" icon={<IconPlugConnectedX />} mb="md" role="status">
      {shell.away}
    </Alert>
  );
}
