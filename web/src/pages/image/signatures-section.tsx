import { Badge, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { signaturesQuery } from "../../api/pull-policies.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ImageLink } from "../../parts/image-link.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { shortDigest } from "../../parts/short-digest.ts";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { STATE_COLORS, useSignerText } from "./use-signer-text.ts";

/** Everybody who signed it, and why one does not count. */
export function SignaturesSection(props: {
  readonly repository: string;
  readonly reference: string;
}) {
  const { repository, reference } = props;
  const { trust: texts, common } = useMessages();
  const printSigner = useSignerText();
  const { data, error } = useQuery(signaturesQuery(repository, reference));
  const signatures = data?.signatures ?? [];
  return (
    <Section title={texts.signatures}>
      <ProblemText error={error} />
      {data !== undefined && signatures.length === 0 ? <Text>{texts.noSignatures}</Text> : null}
      {signatures.length === 0 ? null : (
        <DataTable
          label={texts.signatures}
          columns={[common.state, texts.signer, texts.what, common.when]}
        >
          {signatures.map((signature) => (
            <Table.Tr key={`${signature.digest} ${signature.format} ${signature.signedAt}`}>
              <Table.Td>
                <Badge color={STATE_COLORS[signature.state]}>{texts.states[signature.state]}</Badge>
                <Text size="xs" className="name">
                  {signature.reason}
                </Text>
              </Table.Td>
              <Table.Td className="name">{printSigner(signature.signer)}</Table.Td>
              <Table.Td className="name">
                <ImageLink {...{ repository, reference: signature.digest }} className="digest">
                  {shortDigest(signature.digest)}
                </ImageLink>{" "}
                {signature.format} {signature.predicateType}
              </Table.Td>
              <Table.Td>
                <TimeAgo at={signature.signedAt ?? signature.verifiedAt ?? undefined} />
              </Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
    </Section>
  );
}
