import { Container, Stack, Tabs } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type ImageView, imageQuery } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { shortName } from "../../parts/repository-path.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { PullCommands } from "../repository/pull-commands.tsx";
import { BuildSteps } from "./build-steps.tsx";
import { ConfigTable } from "./config-table.tsx";
import { FindingsPanel } from "./findings-panel.tsx";
import { ImageHead } from "./image-head.tsx";
import { type ImageTab, imageTabs } from "./image-tabs.ts";
import { LayersPicture } from "./layers-picture.tsx";
import { PackagesPanel } from "./packages-panel.tsx";
import { ReferrerTable } from "./referrer-table.tsx";
import { TrustPanel } from "./trust-panel.tsx";
import { WasteSection } from "./waste-section.tsx";

/** What a tag or a digest names: what it is made of, what it starts with, and what is wrong with it. */
export function ImagePage() {
  const { image: texts, findings, scanning, trust } = useMessages();
  const { _splat: repository = "" } = useParams({ strict: false });
  const { reference = "latest", tab = "findings" } = useSearch({ from: "/image/$" });
  const navigate = useNavigate({ from: "/image/$" });
  const { data: view } = useSuspenseQuery(imageQuery(repository, reference));
  const pulled = reference.includes(":") ? `@${reference}` : `:${reference}`;
  usePageTitle(`${shortName(repository)}${pulled}`);
  const titles: Readonly<Record<ImageTab, string>> = {
    findings: findings.title,
    trust: trust.tab,
    packages: scanning.packages,
    layers: texts.layers,
    config: texts.config,
    referrers: texts.referrers,
  };
  const tabs = imageTabs(view.image !== undefined);
  const open = tabs.includes(tab) ? tab : "findings";
  const go = (next: string | null) =>
    void navigate({ search: (now) => ({ ...now, tab: next as ImageTab }), replace: true });
  return (
    <Container size="lg" px={0}>
      <Stack>
        <ImageHead {...{ view, reference }} />
        <PullCommands
          name={repository}
          reference={pulled}
          digest={view.digest}
          platforms={view.image === undefined ? view.platforms.map(({ platform }) => platform) : []}
        />
        <Tabs value={open} onChange={go} keepMounted={false}>
          <Tabs.List>
            {tabs.map((one) => (
              <Tabs.Tab key={one} value={one}>
                {titles[one]}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {tabs.map((one) => (
            <Tabs.Panel key={one} value={one} pt="md">
              <Panel tab={one} {...{ view, reference }} />
            </Tabs.Panel>
          ))}
        </Tabs>
      </Stack>
    </Container>
  );
}

function Panel(props: {
  readonly tab: ImageTab;
  readonly view: ImageView;
  readonly reference: string;
}) {
  const { tab, view, reference } = props;
  const { repository, image } = view;
  if (tab === "findings") return <FindingsPanel {...{ repository, reference }} />;
  if (tab === "trust") return <TrustPanel {...{ repository, reference }} />;
  if (tab === "packages") return <PackagesPanel {...{ repository, reference }} />;
  if (tab === "referrers") return <ReferrerTable {...{ repository, referrers: view.referrers }} />;
  if (image === undefined) return null;
  if (tab === "config") return <ConfigTable config={image.config} annotations={view.annotations} />;
  return (
    <Stack>
      <LayersPicture steps={image.steps} />
      <BuildSteps steps={image.steps} />
      <WasteSection {...{ repository, reference }} />
    </Stack>
  );
}
