import { Button, Group, Paper, Select, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { IconSearch, IconTrash } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { RepositoryView } from "../../api/repositories.ts";
import { FIRST_WISH, TAG_ORDERS, tagsOf } from "../../api/tags.ts";
import { useOutdated } from "../../api/use-outdated.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { Loading } from "../../shell/loading.tsx";
import { DeleteTags } from "./delete-tags.tsx";
import { TagTable } from "./tag-table.tsx";

const PAUSE_MS = 120;
/** Of one deletion. */
const MOST = 100;

/** The tags of a repository: found, put in order, chosen and deleted. */
export function TagsPanel({ repository }: { readonly repository: RepositoryView }) {
  const { tags: texts } = useMessages();
  const { name, may } = repository;
  const [typed, setTyped] = useState(FIRST_WISH.q);
  const [q] = useDebouncedValue(typed, PAUSE_MS);
  const [order, setOrder] = useState(FIRST_WISH.order);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const deletion = useRef<HTMLButtonElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const [isDeleting, { open, close }] = useDisclosure();
  const query = tagsOf(name, { q, order });
  const { isOutdated, renew } = useOutdated(query.queryKey);
  const found = useInfiniteQuery({
    ...query,
    placeholderData: (previous) => previous,
    throwOnError: true,
  });
  const rows = found.data?.pages.flatMap(({ items }) => items) ?? [];
  const more = () => {
    if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
  };
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        {texts.title}
      </Title>
      <Group mb="sm" align="end">
        <TextInput
          flex={1}
          miw={160}
          ref={filter}
          type="search"
          aria-label={texts.filter}
          placeholder={texts.filter}
          leftSection={<IconSearch size={16} />}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <Select
          aria-label={texts.order}
          allowDeselect={false}
          data={TAG_ORDERS.map((value) => ({ value, label: texts.orders[value] }))}
          value={order}
          onChange={(wish) => wish !== null && setOrder(wish)}
        />
        {may.includes("delete") ? (
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
      {isOutdated ? (
        <Group mb="sm" role="status">
          <Text size="sm">{texts.outdated}</Text>
          <Button size="xs" variant="default" onClick={renew}>
            {texts.renew}
          </Button>
        </Group>
      ) : null}
      {found.isPending ? <Loading /> : null}
      {found.isSuccess && rows.length === 0 ? (
        <Text>{q === "" ? texts.none : texts.noneLike(q)}</Text>
      ) : null}
      {rows.length > 0 ? (
        <TagTable
          {...{ repository: name, rows, chosen }}
          {...(may.includes("delete") && { onChoose: setChosen })}
          onEnd={more}
        />
      ) : null}
      <DeleteTags
        repository={name}
        tags={isDeleting ? [...chosen] : []}
        onClose={(isTried) => {
          close();
          if (isTried) setChosen(new Set());
        }}
        // The button that opened the question may have nothing to delete any more: there is no return to it.
        onClosed={() => (deletion.current?.disabled === false ? deletion : filter).current?.focus()}
      />
    </Paper>
  );
}
