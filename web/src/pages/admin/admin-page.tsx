import { Container, Stack, Tabs, Title } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useHub } from "../../api/hub.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { AuditView } from "../../parts/audit-view.tsx";
import { CiRulesSection } from "../../parts/ci-rules-section.tsx";
import { HooksView } from "../../parts/hooks-view.tsx";
import { UsageView } from "../../parts/usage-view.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { ADMIN_TABS, type AdminTab } from "./admin-tabs.ts";
import { AdvisoriesPanel } from "./advisories-panel.tsx";
import { AgentsPanel } from "./agents-panel.tsx";
import { CollectionPanel } from "./collection-panel.tsx";
import { FreedSection } from "./freed-section.tsx";
import { GrowthSection } from "./growth-section.tsx";
import { HealthPanel } from "./health-panel.tsx";
import { JobsPanel } from "./jobs-panel.tsx";
import { SettingsPanel } from "./settings-panel.tsx";
import { UsersPanel } from "./users-panel.tsx";

/** How the hub does, for those who run it; whoever else comes here is told by the hub that it is not for them. */
export function AdminPage() {
  const { admin: texts } = useMessages();
  const { tab = "health" } = useSearch({ from: "/admin" });
  const navigate = useNavigate({ from: "/admin" });
  usePageTitle(texts.title);
  return (
    <Container size="lg" px={0}>
      <Title order={1} mb="md">
        {texts.title}
      </Title>
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ search: { tab: next as AdminTab } })}
        keepMounted={false}
      >
        <Tabs.List mb="md" aria-label={texts.title}>
          {ADMIN_TABS.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {texts.tabs[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {ADMIN_TABS.map((one) => (
          <Tabs.Panel key={one} value={one}>
            <Panel tab={one} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Container>
  );
}

function Panel({ tab }: { readonly tab: AdminTab }) {
  const filter = useSearch({ from: "/admin" });
  const navigate = useNavigate({ from: "/admin" });
  const isAdministrator = useHub().account?.role === "administrator";
  if (tab === "health") return <HealthPanel />;
  if (tab === "jobs") return <JobsPanel />;
  if (tab === "agents") return <AgentsPanel />;
  if (tab === "settings") return <SettingsPanel />;
  if (tab === "users") return <UsersPanel />;
  if (tab === "ci") return <CiRulesSection mayManage={isAdministrator} />;
  if (tab === "usage")
    return (
      <Stack>
        <UsageView place="hub" isSettable />
        <GrowthSection />
        <FreedSection />
      </Stack>
    );
  if (tab === "webhooks") return <HooksView place={{}} />;
  if (tab === "advisories") return <AdvisoriesPanel />;
  if (tab === "collection")
    return (
      <Stack>
        <CollectionPanel />
        <FreedSection />
      </Stack>
    );
  return (
    <AuditView
      filter={filter}
      onFilter={(wish) => void navigate({ search: { ...wish, tab: "audit" } })}
    />
  );
}
