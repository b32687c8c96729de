import { createContext, use } from "react";
import type { Messages } from "./en.ts";
import type { Language } from "./languages.ts";

interface Spoken {
  readonly language: Language;
  readonly messages: Messages;
  readonly choose: (language: Language) => void;
}

export const MessagesContext = createContext<Spoken | undefined>(undefined);

export function useLanguage(): Spoken {
  const spoken = use(MessagesContext);
  if (spoken === undefined) throw new Error("there are no messages outside of MessagesProvider");
  return spoken;
}

/** The texts of one part of the pages, in the reader's language. */
export function useMessages(): Messages {
  return useLanguage().messages;
}
