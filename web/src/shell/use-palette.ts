import { useHotkeys } from "@mantine/hooks";
import { useState } from "react";
import { isBack } from "../api/use-away.ts";

type Loaded = typeof import("./palette.tsx");

/** The palette once it was asked for: most readers never do, and the first page does not load it. */
export function usePalette(): {
  readonly Palette: Loaded["Palette"] | undefined;
  readonly open: () => void;
} {
  const [loaded, setLoaded] = useState<Loaded>();
  const open = () => {
    if (loaded !== undefined) return loaded.openPalette();
    // Whoever cannot load it hears that nobody answers, and asks again once somebody does.
    import("./palette.tsx").then(setLoaded, () => void isBack());
  };
  // From a field, too. Once it is there, it listens itself.
  useHotkeys(loaded === undefined ? [["mod+K", open]] : [], []);
  return { Palette: loaded?.Palette, open };
}
