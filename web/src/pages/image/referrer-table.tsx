import { Table, Text } from "@mantine/core";
import type { ImageView } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ImageLink } from "../../parts/image-link.tsx";
import { shortDigest } from "../../parts/short-digest.ts";
import { TimeAgo } from "../../parts/time-ago.tsx";

/** What speaks of the image: signatures, bills of materials, attestations. */
export function ReferrerTable(props: {
  readonly repository: string;
  readonly referrers: ImageView["referrers"];
}) {
  const { repository, referrers } = props;
  const { image: texts } = useMessages();
  if (referrers.length === 0) return <Text>{texts.noReferrers}</Text>;
  return (
    <Table>
      <Table.Tbody>
        {referrers.map(({ digest, artifactType, pushedAt }) => (
          <Table.Tr key={digest}>
            <Table.Td>
              <ImageLink {...{ repository, reference: digest }} className="digest">
                {shortDigest(digest)}
              </ImageLink>
            </Table.Td>
            <Table.Td className="name">{artifactType}</Table.Td>
            <Table.Td>
              <TimeAgo at={pushedAt} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
