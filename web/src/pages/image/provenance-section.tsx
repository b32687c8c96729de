import { Badge, Code, Group, Spoiler, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type Provenance, provenanceQuery } from "../../api/pull-policies.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { shortDigest } from "../../parts/short-digest.ts";
import { STATE_COLORS, useSignerText } from "./use-signer-text.ts";

const SHOWN_HEIGHT = 120;

/** What is said of where it comes from; what nobody signed is marked as a mere claim. */
export function ProvenanceSection(props: {
  readonly repository: string;
  readonly reference: string;
}) {
  const { trust: texts } = useMessages();
  const { data, error } = useQuery(provenanceQuery(props.repository, props.reference));
  const claims = data?.claims ?? [];
  return (
    <Section title={texts.provenance}>
      <ProblemText error={error} />
      {data !== undefined && claims.length === 0 ? <Text>{texts.noProvenance}</Text> : null}
      <Stack>
        {claims.map((claim) => (
          <Claim
            key={`${claim.source} ${claim.digest} ${claim.subject} ${claim.predicateType}`}
            claim={claim}
          />
        ))}
      </Stack>
    </Section>
  );
}

function Claim({ claim }: { readonly claim: Provenance["claims"][number] }) {
  const { trust: texts } = useMessages();
  const printSigner = useSignerText();
  const { state, source, subject, predicateType, mediaType, signer, predicate } = claim;
  return (
    <div>
      <Group gap="xs">
        <Badge color={STATE_COLORS[state]}>{texts.states[state]}</Badge>
        <Text className="name">{predicateType ?? mediaType}</Text>
      </Group>
      <Text size="sm" className="name">
        {shortDigest(subject)}, {texts.sources[source]}:{" "}
        {signer === null ? texts.unsigned : printSigner(signer)}
      </Text>
      {predicate === undefined ? (
        <Text size="sm">{texts.large}</Text>
      ) : (
        <Spoiler maxHeight={SHOWN_HEIGHT} showLabel={texts.whole} hideLabel={texts.less}>
          <Code block className="command">
            {JSON.stringify(predicate, undefined, 2)}
          </Code>
        </Spoiler>
      )}
    </div>
  );
}
