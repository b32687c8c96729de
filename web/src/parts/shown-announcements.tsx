import { Notifications, notifications } from "@mantine/notifications";
import "@mantine/notifications/styles.css";
import { useEffect } from "react";
import { useMessages } from "../messages/use-messages.ts";

/** Those that were announced so far, each shown once. */
export function ShownAnnouncements({ texts }: { readonly texts: readonly string[] }) {
  const { common } = useMessages();
  useEffect(() => {
    for (const [at, message] of texts.entries()) {
      const id = `announcement-${at}`;
      if (shown.has(id)) continue;
      shown.add(id);
      notifications.show({ id, message, closeButtonProps: { "aria-label": common.close } });
    }
  }, [texts, common.close]);
  return <Notifications position="bottom-right" />;
}

const shown = new Set<string>();
