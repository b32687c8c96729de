import { Anchor, Container, Group, Tabs, Title } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type RepositoryView, repositoryQuery } from "../../api/repositories.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { HooksView } from "../../parts/hooks-view.tsx";
import { repositoryPath, shortName } from "../../parts/repository-path.ts";
import { UsageView } from "../../parts/usage-view.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { GeneralPanel } from "./general-panel.tsx";
import { RepositoryRights } from "./repository-rights.tsx";
import { SETTINGS_TABS, type SettingsTab } from "./settings-tabs.ts";

/** What whoever manages a repository decides about it. */
export function SettingsPage() {
  const { settings: texts, pullPolicies, contentTrust } = useMessages();
  const { _splat: name = "" } = useParams({ from: "/settings/$" });
  const { tab = "general" } = useSearch({ from: "/settings/$" });
  const navigate = useNavigate({ from: "/settings/$" });
  const { data: repository } = useSuspenseQuery(repositoryQuery(name));
  const title = texts.title(shortName(name));
  usePageTitle(title);
  return (
    <Container size="lg" px={0}>
      <Group gap="md">
        <Anchor component={Link} to={repositoryPath(name)} className="name">
          {shortName(name)}
        </Anchor>
        <Anchor
          renderRoot={(props) => <Link to="/policies/$" params={{ _splat: name }} {...props} />}
        >
          {texts.policies}
        </Anchor>
        <Anchor
          renderRoot={(props) => (
            <Link to="/pull-policies/$" params={{ _splat: name }} {...props} />
          )}
        >
          {pullPolicies.link}
        </Anchor>
        <Anchor renderRoot={(props) => <Link to="/trust/$" params={{ _splat: name }} {...props} />}>
          {contentTrust.link}
        </Anchor>
      </Group>
      <Title order={1} size="h2" mb="md" className="name">
        {title}
      </Title>
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ search: { tab: next as SettingsTab } })}
        keepMounted={false}
      >
        <Tabs.List mb="md" aria-label={title}>
          {SETTINGS_TABS.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {texts.tabs[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {SETTINGS_TABS.map((one) => (
          <Tabs.Panel key={one} value={one}>
            <Panel tab={one} repository={repository} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Container>
  );
}

function Panel(props: { readonly tab: SettingsTab; readonly repository: RepositoryView }) {
  const { tab, repository } = props;
  const { name } = repository;
  if (tab === "rights") return <RepositoryRights name={name} />;
  if (tab === "webhooks") return <HooksView place={{ repository: name }} />;
  if (tab === "usage") return <UsageView place={`repositories/${name}`} isSettable />;
  return <GeneralPanel repository={repository} />;
}
