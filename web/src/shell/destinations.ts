import {
  IconKey,
  IconRosetteDiscountCheck,
  IconSearch,
  IconSettings,
  IconStack2,
  IconUser,
  IconUsersGroup,
} from "@tabler/icons-react";
import type { HubView } from "../api/hub.ts";
import type { Messages } from "../messages/en.ts";

interface Destination {
  readonly to: "/" | "/search" | "/official" | "/account" | "/account/tokens" | "/admin" | "/o";
  readonly label: (messages: Messages) => string;
  readonly icon: typeof IconStack2;
  readonly needsAccount: boolean;
  /** For administrators and auditors of the hub alone. */
  readonly needsRole?: boolean;
}

/** Where the navigation and the palette lead. */
const DESTINATIONS: readonly Destination[] = [
  { to: "/", label: ({ shell }) => shell.explore, icon: IconStack2, needsAccount: false },
  { to: "/search", label: ({ whoHas }) => whoHas.title, icon: IconSearch, needsAccount: false },
  {
    to: "/o",
    label: ({ organizations }) => organizations.title,
    icon: IconUsersGroup,
    needsAccount: true,
  },
  {
    to: "/official",
    label: ({ official }) => official.title,
    icon: IconRosetteDiscountCheck,
    needsAccount: true,
  },
  { to: "/account", label: ({ account }) => account.title, icon: IconUser, needsAccount: true },
  { to: "/account/tokens", label: ({ shell }) => shell.tokens, icon: IconKey, needsAccount: true },
  {
    to: "/admin",
    label: ({ admin }) => admin.title,
    icon: IconSettings,
    needsAccount: true,
    needsRole: true,
  },
];

export function destinationsFor(account: HubView["account"]): readonly Destination[] {
  return DESTINATIONS.filter(
    ({ needsAccount, needsRole = false }) =>
      (account !== undefined || !needsAccount) && (account?.role !== undefined || !needsRole),
  );
}
