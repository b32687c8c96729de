import { Container, Stack, Tabs } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { imageQuery } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { shortName } from "../../parts/repository-path.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { PullCommands } from "../repository/pull-commands.tsx";
import { BuildSteps } from "./build-steps.tsx";
import { ConfigTable } from "./config-table.tsx";
import { FindingsPanel } from "./findings-panel.tsx";
import { ImageHead } from "./image-head.tsx";
import { LayersPicture } from "./layers-picture.tsx";
import { ReferrerTable } from "./referrer-table.tsx";

/** What a tag or a digest names: what it is made of, what it starts with, and what is wrong with it. */
export function ImagePage() {
  const { image: texts, findings } = useMessages();
  const { _splat: repository = "" } = useParams({ strict: false });
  const { reference = "latest" } = useSearch({ from: "/image/$" });
  const { data: view } = useSuspenseQuery(imageQuery(repository, reference));
  usePageTitle(`${shortName(repository)}:${reference}`);
  const pulled = reference.includes(":") ? `@${reference}` : `:${reference}`;
  return (
    <Container size="lg" px={0}>
      <Stack>
        <ImageHead {...{ view, reference }} />
        <PullCommands name={repository} reference={pulled} digest={view.digest} />
        <Tabs defaultValue="findings" keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="findings">{findings.title}</Tabs.Tab>
            {view.image === undefined ? null : <Tabs.Tab value="layers">{texts.layers}</Tabs.Tab>}
            {view.image === undefined ? null : <Tabs.Tab value="config">{texts.config}</Tabs.Tab>}
            <Tabs.Tab value="referrers">{texts.referrers}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="findings" pt="md">
            <FindingsPanel {...{ repository, reference }} />
          </Tabs.Panel>
          {view.image === undefined ? null : (
            <>
              <Tabs.Panel value="layers" pt="md">
                <LayersPicture steps={view.image.steps} />
                <BuildSteps steps={view.image.steps} />
              </Tabs.Panel>
              <Tabs.Panel value="config" pt="md">
                <ConfigTable config={view.image.config} annotations={view.annotations} />
              </Tabs.Panel>
            </>
          )}
          <Tabs.Panel value="referrers" pt="md">
            <ReferrerTable {...{ repository, referrers: view.referrers }} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </Container>
  );
}
