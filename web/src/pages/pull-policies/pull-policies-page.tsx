import { Container, Stack, Text, Title } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { pullPoliciesQuery } from "../../api/pull-policies.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { WayBack } from "../../parts/way-back.tsx";
import { AnchorsSection } from "./anchors-section.tsx";
import { PolicyEditor } from "./policy-editor.tsx";
import { PolicySection } from "./policy-section.tsx";

/** What may be pulled, of a repository, a namespace or the hub: said, tried out, and excepted from. */
export function PullPoliciesPage() {
  const { pullPolicies: texts } = useMessages();
  const { _splat: place = "" } = useParams({ from: "/pull-policies/$" });
  const scope = place === "" ? "hub" : place;
  const { data } = useSuspenseQuery(pullPoliciesQuery(scope));
  const [edited, setEdited] = useState<string>();
  const title = texts.title(place === "" ? texts.hub : place);
  usePageTitle(title);
  const policy = data.items.find(({ name }) => name === edited);
  return (
    <Container size="lg" px={0}>
      <WayBack place={place} />
      <Title order={1} className="name">
        {title}
      </Title>
      <Text mb="md">{texts.explain}</Text>
      <Stack>
        {data.items.length === 0 ? <Text>{texts.none}</Text> : null}
        {data.items.map((one) => (
          <PolicySection
            key={one.name}
            {...{ scope, policy: one }}
            onEdit={() => setEdited(one.name)}
          />
        ))}
        <PolicyEditor
          key={`${scope} ${policy?.name ?? ""}`}
          {...{ scope, policy }}
          taken={data.items.map(({ name }) => name)}
          onDone={() => setEdited(undefined)}
        />
        {place.includes("/") ? null : <AnchorsSection place={scope} />}
      </Stack>
    </Container>
  );
}
