import { ActionIcon, Menu } from "@mantine/core";
import { IconLanguage } from "@tabler/icons-react";
import { LANGUAGES, type Language } from "../messages/languages.ts";
import { useLanguage } from "../messages/use-messages.ts";

export function LanguageMenu() {
  const { language, messages, choose } = useLanguage();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={messages.shell.language}>
          <IconLanguage size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(LANGUAGES).map(([key, name]) => (
          <Menu.Item
            key={key}
            lang={key}
            fw={key === language ? 700 : 400}
            onClick={() => choose(key as Language)}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
