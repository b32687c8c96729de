import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useAskForReset } from "../../api/join.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { NarrowPage } from "./narrow-page.tsx";

/** The hub answers the same whether there is such an account or not. */
export function AskForReset() {
  const { join } = useMessages();
  const [account, setAccount] = useState("");
  const request = useAskForReset();
  return (
    <NarrowPage
      title={join.reset}
      error={request.error}
      outcome={request.data?.message}
      onSubmit={() => request.mutate(account)}
    >
      <TextInput
        label={join.account}
        value={account}
        onChange={({ currentTarget }) => setAccount(currentTarget.value)}
        autoComplete="username"
        required
      />
      <Button type="submit" loading={request.isPending}>
        {join.ask}
      </Button>
    </NarrowPage>
  );
}
