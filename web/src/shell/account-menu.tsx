import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconLogout, IconUser } from "@tabler/icons-react";
import { Link, useLocation, useNavigate } from "@tanstack/react-router";
import type { HubView } from "../api/hub.ts";
import { useSignOut } from "../api/session.ts";
import { useMessages } from "../messages/use-messages.ts";

export function AccountMenu({ account, mode }: Pick<HubView, "account" | "mode">) {
  const { shell } = useMessages();
  const { href } = useLocation();
  const navigate = useNavigate();
  const signOut = useSignOut();
  if (mode !== "accounts") return null;
  if (account === undefined)
    return (
      <Button renderRoot={(props) => <Link to="/sign-in" search={{ next: href }} {...props} />}>
        {shell.signIn}
      </Button>
    );
  const leave = () => signOut.mutate(undefined, { onSuccess: () => navigate({ to: "/" }) });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={shell.accountMenu(account.name)}>
          <IconUser size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{account.name}</Menu.Label>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={leave}>
          {shell.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
