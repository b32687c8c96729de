import type { Messages } from "./en.ts";
import { en } from "./en.ts";

export const LANGUAGES = { en: "English", zh: "中文" } as const;
export type Language = keyof typeof LANGUAGES;

const STORED = "berth-language";

/** What was chosen here, else the first that the browser asks for and the pages speak. */
export function findLanguage(): Language {
  const wishes = [localStorage.getItem(STORED) ?? "", ...navigator.languages];
  for (const wish of wishes) {
    const [language = ""] = wish.toLowerCase().split("-", 1);
    if (language === "en" || language === "zh") return language;
  }
  return "en";
}

export function storeLanguage(language: Language): void {
  localStorage.setItem(STORED, language);
}

/** English comes with the pages; others are loaded by those who read them. */
export async function loadMessages(language: Language): Promise<Messages> {
  switch (language) {
    case "en":
      return en;
    case "zh":
      return (await import("./zh.ts")).zh;
  }
}
