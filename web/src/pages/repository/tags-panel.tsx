import { Button, Group, Paper, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useRef, useState } from "react";
import type { RepositoryView } from "../../api/repositories.ts";
import { isFiltered, type TagsWish, tagParams } from "../../api/tag-wish.ts";
import { tagsOf } from "../../api/tags.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { OutdatedList } from "../../parts/outdated-list.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { Loading } from "../../shell/loading.tsx";
import { TagFilters } from "./tag-filters.tsx";
import { TagTable } from "./tag-table.tsx";
import { useFoundTags } from "./use-found-tags.ts";

const DeleteTags = lazy(async () => ({ default: (await import("./delete-tags.tsx")).DeleteTags }));
/** Of one deletion, as many as the hub says together what they free. */
const MOST = 500;

/** The tags of a repository: found, put in order, chosen and deleted. What is looked for stands in the address. */
export function TagsPanel({ repository }: { readonly repository: RepositoryView }) {
  const { tags: texts } = useMessages();
  const { name, may } = repository;
  const mayDelete = may.includes("delete");
  const wish = tagParams(useSearch({ strict: false }));
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const deletion = useRef<HTMLButtonElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const [isWanted, setWanted] = useState(false);
  const [isDeleting, { open, close }] = useDisclosure(false, { onOpen: () => setWanted(true) });
  const { rows, more, isLooking } = useFoundTags(name, wish);
  const look = (next: TagsWish, replace = false) =>
    void navigate({ to: ".", search: tagParams({ ...next }), replace, resetScroll: false });
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        {texts.title}
      </Title>
      <Group mb="sm" align="end">
        <SearchField
          {...{ ref: filter, q: wish.q ?? "", label: texts.filter, placeholder: texts.filter }}
          onSearch={(q) => look({ ...wish, q }, true)}
        />
        {mayDelete ? (
          <Button
            ref={deletion}
            variant="default"
            leftSection={<IconTrash size={16} />}
            disabled={chosen.size === 0 || chosen.size > MOST}
            onClick={open}
          >
            {texts.delete(chosen.size)}
          </Button>
        ) : null}
      </Group>
      <TagFilters {...{ wish }} onChange={(next) => look(next)} />
      {chosen.size > MOST ? <Text role="status">{texts.tooMany(String(MOST))}</Text> : null}
      <OutdatedList queryKey={tagsOf(name, wish).queryKey} texts={texts} />
      {rows.length === 0 ? (
        <NoTags {...{ wish, isLooking }} />
      ) : (
        <TagTable
          {...{ repository: name, rows, chosen }}
          {...(mayDelete && { onChoose: setChosen })}
          onEnd={more}
        />
      )}
      {isWanted ? (
        <Suspense fallback={null}>
          <DeleteTags
            repository={name}
            tags={isDeleting ? [...chosen] : []}
            onClose={(isTried) => {
              close();
              if (isTried) setChosen(new Set());
            }}
            // The button that opened the question may have nothing to delete any more: there is no return to it.
            onClosed={() =>
              (deletion.current?.disabled === false ? deletion : filter).current?.focus()
            }
          />
        </Suspense>
      ) : null}
    </Paper>
  );
}

function NoTags({ wish, isLooking }: { readonly wish: TagsWish; readonly isLooking: boolean }) {
  const { tags: texts } = useMessages();
  const { q = "" } = wish;
  if (isLooking) return <Loading />;
  if (isFiltered(wish)) return <Text>{texts.noneSuch}</Text>;
  return <Text>{q === "" ? texts.none : texts.noneLike(q)}</Text>;
}
