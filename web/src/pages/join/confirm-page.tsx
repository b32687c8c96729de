import { Button, Text } from "@mantine/core";
import { useSearch } from "@tanstack/react-router";
import { useConfirmAddress } from "../../api/join.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { NarrowPage } from "./narrow-page.tsx";

/** Where the letter to a new address leads. Opening it uses nothing up: mail scanners do that, too. */
export function ConfirmPage() {
  const { join } = useMessages();
  const { secret } = useSearch({ from: "/confirm" });
  const confirm = useConfirmAddress();
  return (
    <NarrowPage
      title={join.confirm}
      error={confirm.error}
      outcome={confirm.data && join.confirmed(confirm.data.email)}
      onSubmit={() => secret !== undefined && confirm.mutate(secret)}
    >
      {secret === undefined ? (
        <Text>{join.incomplete}</Text>
      ) : (
        <Button type="submit" loading={confirm.isPending}>
          {join.confirmSubmit}
        </Button>
      )}
    </NarrowPage>
  );
}
