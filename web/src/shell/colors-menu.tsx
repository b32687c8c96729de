import { ActionIcon, type MantineColorScheme, Menu, useMantineColorScheme } from "@mantine/core";
import { IconMoon, IconSun } from "@tabler/icons-react";
import { useMessages } from "../messages/use-messages.ts";

export function ColorsMenu() {
  const { shell } = useMessages();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const choices: readonly [MantineColorScheme, string][] = [
    ["light", shell.light],
    ["dark", shell.dark],
    ["auto", shell.system],
  ];
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={shell.colors}>
          {colorScheme === "dark" ? <IconMoon size={18} /> : <IconSun size={18} />}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map(([scheme, label]) => (
          <Menu.Item
            key={scheme}
            onClick={() => setColorScheme(scheme)}
            fw={scheme === colorScheme ? 700 : 400}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
