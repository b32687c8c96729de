import { Anchor, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { HubView } from "../../api/hub.ts";
import { useMessages } from "../../messages/use-messages.ts";

/** For those who cannot sign in: they have no account, or no password any more. */
export function JoinLinks({ signUp }: Pick<HubView, "signUp">) {
  const { signIn: texts } = useMessages();
  return (
    <Group justify="space-between" mt="md">
      <Anchor component={Link} to="/reset" size="sm">
        {texts.forgot}
      </Anchor>
      {signUp === "open" ? (
        <Anchor component={Link} to="/sign-up" size="sm">
          {texts.signUp}
        </Anchor>
      ) : null}
      {signUp === "invitation" ? <Text size="sm">{texts.byInvitation}</Text> : null}
    </Group>
  );
}
