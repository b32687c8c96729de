import { Anchor, Badge, Container, Group, Tabs, Text, Title } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useHub } from "../../api/hub.ts";
import { type OrganizationView, organizationQuery } from "../../api/organizations.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { AuditView } from "../../parts/audit-view.tsx";
import { HooksView } from "../../parts/hooks-view.tsx";
import { UsageView } from "../../parts/usage-view.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { MachinesPanel } from "./machines-panel.tsx";
import { MembersPanel } from "./members-panel.tsx";
import { ORGANIZATION_TABS, type OrganizationTab } from "./organization-tabs.ts";
import { RepositoriesPanel } from "./repositories-panel.tsx";
import { RightsPanel } from "./rights-panel.tsx";
import { RolesPanel } from "./roles-panel.tsx";
import { SettingsPanel } from "./settings-panel.tsx";
import { TeamsPanel } from "./teams-panel.tsx";

/** What people of an organization do there; everybody else sees its repositories. */
export function OrganizationPage() {
  const { organizations: texts, words } = useMessages();
  const { name } = useParams({ from: "/o/$name" });
  const { tab = "repositories" } = useSearch({ from: "/o/$name" });
  const navigate = useNavigate({ from: "/o/$name" });
  const { data: organization } = useSuspenseQuery(organizationQuery(name));
  usePageTitle(organization.name);
  const { role, fullName } = organization;
  const shown = ORGANIZATION_TABS.filter((one) => mayOpen(organization, one));
  return (
    <Container size="lg" px={0}>
      <Group mb="xs">
        <Title order={1} className="name">
          {organization.name}
        </Title>
        {role === undefined ? null : (
          <Badge variant="outline">{texts.yourRole(words.role(role))}</Badge>
        )}
      </Group>
      {fullName === organization.name ? null : (
        <Text mb="md" className="name">
          {fullName}
        </Text>
      )}
      {role === undefined ? null : (
        <Anchor
          renderRoot={(props) => (
            <Link to="/policies/$" params={{ _splat: organization.name }} {...props} />
          )}
        >
          {texts.tabs.policies}
        </Anchor>
      )}
      <Tabs
        value={shown.includes(tab) ? tab : "repositories"}
        onChange={(next) => void navigate({ search: { tab: next as OrganizationTab } })}
        keepMounted={false}
      >
        <Tabs.List mb="md" aria-label={organization.name}>
          {shown.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {texts.tabs[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {shown.map((one) => (
          <Tabs.Panel key={one} value={one}>
            <Panel tab={one} organization={organization} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Container>
  );
}

/** A tab that would only be refused is not offered. */
function mayOpen({ role, permissions }: OrganizationView, tab: OrganizationTab): boolean {
  const needs = {
    repositories: true,
    members: permissions.includes("member.read"),
    teams: permissions.includes("team.read"),
    roles: permissions.includes("role.read"),
    rights: permissions.includes("right.read"),
    machines: permissions.includes("machine.read"),
    usage: role !== undefined,
    webhooks: permissions.includes("webhook.manage"),
    audit: permissions.includes("audit.read"),
    settings: permissions.includes("organization.settings"),
  };
  return needs[tab];
}

function UsageTab({ name }: { readonly name: string }) {
  const { account } = useHub();
  const place = `namespaces/${encodeURIComponent(name)}`;
  return <UsageView place={place} isSettable={account?.role === "administrator"} />;
}

function Panel(props: { readonly tab: OrganizationTab; readonly organization: OrganizationView }) {
  const { tab, organization } = props;
  const filter = useSearch({ from: "/o/$name" });
  const navigate = useNavigate({ from: "/o/$name" });
  if (tab === "members") return <MembersPanel organization={organization} />;
  if (tab === "teams") return <TeamsPanel organization={organization} />;
  if (tab === "roles") return <RolesPanel organization={organization} />;
  if (tab === "rights") return <RightsPanel organization={organization} />;
  if (tab === "machines") return <MachinesPanel organization={organization} />;
  if (tab === "usage") return <UsageTab name={organization.name} />;
  if (tab === "webhooks") return <HooksView place={{ namespace: organization.name }} />;
  if (tab === "settings") return <SettingsPanel organization={organization} />;
  if (tab === "repositories") return <RepositoriesPanel name={organization.name} />;
  return (
    <AuditView
      account={organization.name}
      filter={filter}
      onFilter={(wish) => void navigate({ search: { ...wish, tab: "audit" } })}
    />
  );
}
