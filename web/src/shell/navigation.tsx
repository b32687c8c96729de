import { NavLink } from "@mantine/core";
import { Link, useLocation } from "@tanstack/react-router";
import { useMessages } from "../messages/use-messages.ts";
import { DESTINATIONS } from "./destinations.ts";

export function Navigation(props: { readonly isSignedIn: boolean; readonly onGo: () => void }) {
  const messages = useMessages();
  const { pathname } = useLocation();
  return DESTINATIONS.filter(({ needsAccount }) => props.isSignedIn || !needsAccount).map(
    ({ to, label, icon: Icon }) => (
      <NavLink
        key={to}
        component={Link}
        to={to}
        active={pathname === to}
        aria-current={pathname === to ? "page" : undefined}
        label={label(messages)}
        leftSection={<Icon size={18} />}
        onClick={props.onGo}
      />
    ),
  );
}
