import { Stack, Table, Text } from "@mantine/core";
import type { PolicyTrial } from "../../api/pull-policies.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ImageLink } from "../../parts/image-link.tsx";
import { shortDigest } from "../../parts/short-digest.ts";

/** Which of the last pulls it would have refused, and why. */
export function PolicyTrialResult({ trial }: { readonly trial: PolicyTrial }) {
  const { pullPolicies: texts, policies } = useMessages();
  const { pulls, images, refused, refusedPulls, passedPulls, refusedImages, isCut } = trial;
  return (
    <Stack role="status" aria-label={texts.trial}>
      <Text fw={600}>
        {refusedImages === 0
          ? texts.refusesNothing
          : [
              texts.refusesPulls(String(refusedPulls), String(pulls)),
              texts.refusesImages(String(refusedImages), String(images)),
            ].join(" ")}
      </Text>
      {passedPulls > 0 ? <Text size="sm">{texts.passes(String(passedPulls))}</Text> : null}
      {isCut ? <Text size="sm">{texts.isCut}</Text> : null}
      {refused.length === 0 ? null : (
        <DataTable label={texts.trial} columns={[texts.image, texts.pulls, texts.why]}>
          {refused.map(({ repository, digest, tags, pulls: count, accounts, why }) => (
            <Table.Tr key={`${repository} ${digest}`}>
              <Table.Td>
                <ImageLink {...{ repository, reference: digest }} className="name">
                  {repository}@{shortDigest(digest)}
                </ImageLink>
                <Text size="xs" className="name">
                  {tags.join(", ") || policies.untagged}
                </Text>
              </Table.Td>
              <Table.Td className="name">
                {count} {texts.by(accounts.join(", "))}
              </Table.Td>
              <Table.Td className="name">{why}</Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
    </Stack>
  );
}
