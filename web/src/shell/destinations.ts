import { IconKey, IconStack2 } from "@tabler/icons-react";
import type { Messages } from "../messages/en.ts";

interface Destination {
  readonly to: "/" | "/account/tokens";
  readonly label: (messages: Messages) => string;
  readonly icon: typeof IconStack2;
  readonly needsAccount: boolean;
}

/** Where the navigation and the palette lead. */
export const DESTINATIONS: readonly Destination[] = [
  { to: "/", label: ({ shell }) => shell.explore, icon: IconStack2, needsAccount: false },
  {
    to: "/account/tokens",
    label: ({ shell }) => shell.tokens,
    icon: IconKey,
    needsAccount: true,
  },
];
