import { useDebouncedValue } from "@mantine/hooks";
import { Spotlight, type SpotlightActionGroupData, spotlight } from "@mantine/spotlight";
import "@mantine/spotlight/styles.css";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { HubView } from "../api/hub.ts";
import { repositoryCardsQuery } from "../api/repositories.ts";
import { useMessages } from "../messages/use-messages.ts";
import { repositoryPath, shortName } from "../parts/repository-path.ts";
import { destinationsFor } from "./destinations.ts";

const PAUSE_MS = 120;
const SHOWN = 8;

export const openPalette = spotlight.open;

/** Everything within reach of the keyboard: places, and repositories by what they are called. */
export function Palette({ account }: { readonly account: HubView["account"] }) {
  const messages = useMessages();
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  // It is loaded when somebody asks for it for the first time.
  useEffect(() => spotlight.open(), []);
  const [q] = useDebouncedValue(query, PAUSE_MS);
  const found = useInfiniteQuery({
    ...repositoryCardsQuery({ q, order: "pulls" }),
    enabled: q !== "",
  });
  const cards = q === "" ? [] : (found.data?.pages[0]?.items ?? []);
  const groups: SpotlightActionGroupData[] = [
    {
      group: messages.shell.goTo,
      actions: destinationsFor(account).map(({ to, label, icon: Icon }) => ({
        id: to,
        label: label(messages),
        leftSection: <Icon size={18} />,
        onClick: () => void navigate({ to }),
      })),
    },
    {
      group: messages.shell.repositories,
      actions: cards.slice(0, SHOWN).map(({ name, description }) => ({
        id: name,
        label: shortName(name),
        description,
        // The hub has found it, by its description perhaps: it is not to be looked for again.
        keywords: q,
        onClick: () => void navigate({ href: repositoryPath(name) }),
      })),
    },
  ];
  return (
    <Spotlight
      actions={groups}
      query={query}
      onQueryChange={setQuery}
      nothingFound={messages.shell.nothingFound}
      shortcut="mod + K"
      // From a field, too.
      tagsToIgnore={[]}
      highlightQuery
      scrollable
      attributes={{ content: { "aria-label": messages.shell.search } }}
      searchProps={{
        placeholder: messages.shell.searchHint,
        "aria-label": messages.shell.searchHint,
      }}
    />
  );
}
