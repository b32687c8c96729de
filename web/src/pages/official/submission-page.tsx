import {
  Anchor,
  Badge,
  Breadcrumbs,
  Code,
  Container,
  Group,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { type Submission, submissionQuery } from "../../api/official.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { Section } from "../../parts/section.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { BuiltSection } from "./built-section.tsx";
import { ChangesSection } from "./changes-section.tsx";
import { ChecksSection } from "./checks-section.tsx";
import { ReviewsSection } from "./reviews-section.tsx";
import { SubmissionDeeds } from "./submission-deeds.tsx";
import { SubmissionState } from "./submission-state.tsx";

const Markdown = lazy(async () => ({
  default: (await import("../../parts/markdown.tsx")).Markdown,
}));

const MARKDOWN = ["content.md", "license.md", "maintainer.md"] as const;

/** All that its author, its reviewers and whoever publishes it look at, on one page. */
export function SubmissionPage() {
  const { official: texts } = useMessages();
  const { id } = useParams({ from: "/official/$id" });
  const { data: submission } = useSuspenseQuery(submissionQuery(id));
  const title = texts.one(id, submission.name);
  usePageTitle(title);
  return (
    <Container size="lg" px={0}>
      <Breadcrumbs>
        <Anchor component={Link} to="/official">
          {texts.title}
        </Anchor>
      </Breadcrumbs>
      <Group mb="xs">
        <Title order={1} size="h2" className="name">
          {title}
        </Title>
        <SubmissionState state={submission.state} />
        {submission.security ? <Badge color="red.9">{texts.security}</Badge> : null}
        {submission.isNew ? <Badge variant="default">{texts.isNew}</Badge> : null}
      </Group>
      <Text mb="md" className="name">
        {submission.author} <TimeAgo at={submission.createdAt} />
      </Text>
      <Stack>
        {submission.why === undefined ? null : <Text className="name">{submission.why}</Text>}
        <SubmissionDeeds submission={submission} />
        <ChecksSection submission={submission} />
        <BuiltSection submission={submission} />
        <ReviewsSection submission={submission} />
        <ChangesSection submission={submission} />
        <Documentation submission={submission} />
      </Stack>
    </Container>
  );
}

function Documentation({ submission }: { readonly submission: Submission }) {
  const { official: texts } = useMessages();
  const { definition, documents } = submission;
  return (
    <Section title={texts.documentation}>
      <Title order={3} size="h5">
        {texts.definition}
      </Title>
      <Code block tabIndex={0} mb="md" className="command">
        {definition}
      </Code>
      {(["README-short.txt", "github-repo"] as const).map((name) => (
        <Text key={name} className="name">
          {texts.documents[name]}: {documents[name] ?? "-"}
        </Text>
      ))}
      <Suspense>
        {MARKDOWN.map((name) =>
          documents[name] === undefined ? null : (
            <section key={name} aria-label={texts.documents[name]}>
              <Title order={3} size="h5" mt="md">
                {texts.documents[name]}
              </Title>
              <Markdown text={documents[name]} />
            </section>
          ),
        )}
      </Suspense>
    </Section>
  );
}
