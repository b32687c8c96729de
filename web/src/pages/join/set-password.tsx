import { Button, PasswordInput } from "@mantine/core";
import { useState } from "react";
import { useResetPassword } from "../../api/join.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { NarrowPage } from "./narrow-page.tsx";

export function SetPassword({ secret }: { readonly secret: string }) {
  const { join } = useMessages();
  const [password, setPassword] = useState("");
  const reset = useResetPassword();
  return (
    <NarrowPage
      title={join.reset}
      error={reset.error}
      outcome={reset.data && join.resetDone(reset.data.name)}
      onSubmit={() => reset.mutate({ secret, password })}
    >
      <PasswordInput
        label={join.next}
        value={password}
        onChange={({ currentTarget }) => setPassword(currentTarget.value)}
        autoComplete="new-password"
        required
      />
      <Button type="submit" loading={reset.isPending}>
        {join.resetSubmit}
      </Button>
    </NarrowPage>
  );
}
