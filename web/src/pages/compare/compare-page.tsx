import { Autocomplete, Container, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { tagsOf } from "../../api/tags.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { shortName } from "../../parts/repository-path.ts";
import { SmallForm } from "../../parts/small-form.tsx";
import { TitleBelow } from "../../parts/title-below.tsx";
import { ComparedImages } from "./compared-images.tsx";

/** Of the tags that fit what is typed. */
const SUGGESTED = 10;
const IDLE = { isPending: false, error: null };

/** Two images of a repository beside each other: what came, what went, what is otherwise. */
export function ComparePage() {
  const { compare: texts } = useMessages();
  const { _splat: repository = "" } = useParams({ from: "/compare/$" });
  const { from = "latest", to = "", platform } = useSearch({ from: "/compare/$" });
  const navigate = useNavigate({ from: "/compare/$" });
  const tags = useNewestTags(repository);
  return (
    <Container size="lg" px={0}>
      <TitleBelow repository={repository} title={texts.title(shortName(repository))} />
      <Text mb="xs">{texts.hint}</Text>
      <SmallForm
        key={`${from} ${to}`}
        label={texts.submit}
        submit={texts.submit}
        deed={IDLE}
        onSubmit={(typed) =>
          void navigate({ search: { from: typed("from").trim(), to: typed("to").trim() } })
        }
      >
        <Autocomplete
          name="from"
          label={texts.from}
          data={tags}
          limit={SUGGESTED}
          defaultValue={from}
          required
        />
        <Autocomplete
          name="to"
          label={texts.to}
          data={tags}
          limit={SUGGESTED}
          defaultValue={to}
          required
        />
      </SmallForm>
      {to === "" ? null : (
        <ComparedImages
          {...{ repository, from, to, platform }}
          onPlatform={(chosen) =>
            void navigate({ search: (before) => ({ ...before, platform: chosen }) })
          }
        />
      )}
    </Container>
  );
}

/** What can be chosen; older ones, and digests, are typed. */
function useNewestTags(repository: string): string[] {
  const newest = useInfiniteQuery(tagsOf(repository)).data?.pages[0]?.items ?? [];
  return newest.map(({ name }) => name);
}
