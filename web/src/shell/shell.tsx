import { Anchor, AppShell, Burger, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet } from "@tanstack/react-router";
import { useHub } from "../api/hub.ts";
import { useReader } from "../api/reader.ts";
import { useLiveEvents } from "../api/use-live-events.ts";
import { useMessages } from "../messages/use-messages.ts";
import { AccountMenu } from "./account-menu.tsx";
import { AwayBanner } from "./away-banner.tsx";
import { ColorsMenu } from "./colors-menu.tsx";
import { LanguageMenu } from "./language-menu.tsx";
import { Navigation } from "./navigation.tsx";
import { PaletteButton } from "./palette-button.tsx";
import classes from "./shell.module.css";
import { usePalette } from "./use-palette.ts";

const HEADER_HEIGHT = 56;

/** What is around every page. */
export function Shell() {
  const { shell } = useMessages();
  const hub = useHub();
  useReader(hub.account?.name);
  useLiveEvents(hub.account?.name);
  const palette = usePalette();
  const [isOpen, { toggle, close }] = useDisclosure();
  return (
    <AppShell
      header={{ height: HEADER_HEIGHT }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a className={classes.skip} href="#content">
        {shell.skip}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={shell.openMenu}
            />
            <Anchor component={Link} to="/" underline="never" c="inherit">
              <Text fw={700} size="lg">
                Berth
              </Text>
            </Anchor>
          </Group>
          <PaletteButton onOpen={palette.open} />
          <Group gap="xs" wrap="nowrap">
            <LanguageMenu />
            <ColorsMenu />
            <AccountMenu account={hub.account} mode={hub.mode} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm">
        <Navigation account={hub.account} onGo={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <AwayBanner />
        <Outlet />
      </AppShell.Main>
      {palette.Palette === undefined ? null : <palette.Palette account={hub.account} />}
    </AppShell>
  );
}
