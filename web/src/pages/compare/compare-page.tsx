import { Anchor, Breadcrumbs, Container, Text, TextInput, Title } from "@mantine/core";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMessages } from "../../messages/use-messages.ts";
import { repositoryPath, shortName } from "../../parts/repository-path.ts";
import { SmallForm } from "../../parts/small-form.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { ComparedImages } from "./compared-images.tsx";

const IDLE = { isPending: false, error: null };

/** Two images of a repository beside each other: what came, what went, what is otherwise. */
export function ComparePage() {
  const { compare: texts } = useMessages();
  const { _splat: repository = "" } = useParams({ from: "/compare/$" });
  const { from = "latest", to = "", platform } = useSearch({ from: "/compare/$" });
  const navigate = useNavigate({ from: "/compare/$" });
  const title = texts.title(shortName(repository));
  usePageTitle(title);
  return (
    <Container size="lg" px={0}>
      <Breadcrumbs>
        <Anchor component={Link} to={repositoryPath(repository)} className="name">
          {shortName(repository)}
        </Anchor>
      </Breadcrumbs>
      <Title order={1} size="h2" mb="md" className="name">
        {title}
      </Title>
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
        <TextInput name="from" label={texts.from} defaultValue={from} required />
        <TextInput name="to" label={texts.to} defaultValue={to} required />
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
