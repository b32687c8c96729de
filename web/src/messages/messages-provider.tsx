import { MantineThemeProvider } from "@mantine/core";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import type { Messages } from "./en.ts";
import { findLanguage, type Language, loadMessages, storeLanguage } from "./languages.ts";
import { MessagesContext } from "./use-messages.ts";

/** Shows nothing until the texts of the chosen language are there: pages do not change language under the reader. */
export function MessagesProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(findLanguage);
  const [loaded, setLoaded] = useState<{ language: Language; messages: Messages }>();
  useEffect(() => {
    let isWanted = true;
    void loadMessages(language).then((messages) => {
      if (!isWanted) return;
      document.documentElement.lang = language;
      setLoaded({ language, messages });
    });
    return () => {
      isWanted = false;
    };
  }, [language]);
  const value = useMemo(
    () =>
      loaded && {
        ...loaded,
        choose: (next: Language) => {
          storeLanguage(next);
          setLanguage(next);
        },
      },
    [loaded],
  );
  if (value === undefined) return null;
  return (
    <MessagesContext value={value}>
      <MantineThemeProvider theme={themeOf(value.messages)}>{children}</MantineThemeProvider>
    </MessagesContext>
  );
}

/** What Mantine would say in English by itself. */
function themeOf({ words }: Messages) {
  const visibilityToggleButtonProps = { "aria-label": words.showPassword };
  return { components: { PasswordInput: { defaultProps: { visibilityToggleButtonProps } } } };
}
