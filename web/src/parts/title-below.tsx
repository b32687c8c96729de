import { Anchor, Breadcrumbs, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { repositoryPath, shortName } from "./repository-path.ts";
import { usePageTitle } from "./use-page-title.ts";

/** What a page about something of a repository is called, in the window as well, and the way back to that. */
export function TitleBelow(props: { readonly repository: string; readonly title: string }) {
  const { repository, title } = props;
  usePageTitle(title);
  return (
    <>
      <Breadcrumbs>
        <Anchor component={Link} to={repositoryPath(repository)} className="name">
          {shortName(repository)}
        </Anchor>
      </Breadcrumbs>
      <Title order={1} size="h2" mb="md" className="name">
        {title}
      </Title>
    </>
  );
}
