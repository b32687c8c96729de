import type { Language } from "../messages/languages.ts";

/** Made at the first use in a language and kept: to make a formatter takes longer than to draw a row of a table. */
export function oncePerLanguage<Made>(
  make: (language: Language) => Made,
): (language: Language) => Made {
  const kept = new Map<Language, Made>();
  return (language) => {
    const made = kept.get(language) ?? make(language);
    kept.set(language, made);
    return made;
  };
}
