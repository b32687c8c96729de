import { NavLink } from "@mantine/core";
import { Link, useLocation } from "@tanstack/react-router";
import type { HubView } from "../api/hub.ts";
import { useMessages } from "../messages/use-messages.ts";
import { destinationsFor } from "./destinations.ts";

export function Navigation(props: {
  readonly account: HubView["account"];
  readonly onGo: () => void;
}) {
  const messages = useMessages();
  const { pathname } = useLocation();
  return destinationsFor(props.account).map(({ to, label, icon: Icon }) => (
    <NavLink
      key={to}
      component={Link}
      to={to}
      // /account is not where /account/tokens is.
      activeOptions={{ exact: true }}
      active={pathname === to}
      aria-current={pathname === to ? "page" : undefined}
      label={label(messages)}
      leftSection={<Icon size={18} />}
      onClick={props.onGo}
    />
  ));
}
