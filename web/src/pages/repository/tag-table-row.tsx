import { Badge, Checkbox, Group, Table, Text, Tooltip } from "@mantine/core";
import type { TagRow } from "../../api/tags.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { FindingBadges } from "../../parts/finding-badges.tsx";
import { ImageLink } from "../../parts/image-link.tsx";
import { REACHABLE } from "../../parts/reachable.ts";
import { shortDigest } from "../../parts/short-digest.ts";
import { TimeAgo } from "../../parts/time-ago.tsx";
import { useByteSize } from "../../parts/use-byte-size.ts";

const NAMED = 3;

export function TagTableRow(props: {
  readonly repository: string;
  readonly row: TagRow;
  readonly isChosen?: boolean;
  readonly onToggle?: (name: string) => void;
}) {
  const { repository, row, isChosen = false, onToggle } = props;
  const { tags: texts, discovery } = useMessages();
  const size = useByteSize();
  const platforms = row.platforms.map(({ platform }) => platform);
  const bytes = row.platforms.reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <Table.Tr>
      {onToggle === undefined ? null : (
        <Table.Td>
          <Checkbox
            aria-label={texts.chooseOne(row.name)}
            checked={isChosen}
            onChange={() => onToggle(row.name)}
          />
        </Table.Td>
      )}
      <Table.Td>
        <ImageLink {...{ repository, reference: row.name }} fw={600}>
          {row.name}
        </ImageLink>
        <Text size="xs" c="dimmed" className="digest" title={row.digest}>
          {shortDigest(row.digest)}
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap={4}>
          <FindingBadges findings={row.findings} />
          {row.signatures === 0 ? null : (
            <Badge color="teal.9" title={discovery.signatures(String(row.signatures))}>
              {discovery.signed}
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td>{size(bytes)}</Table.Td>
      <Table.Td>
        {platforms.length <= NAMED ? (
          platforms.join(", ")
        ) : (
          <Tooltip label={platforms.join(", ")} events={{ hover: true, focus: true, touch: true }}>
            <span {...REACHABLE}>
              {`${platforms.slice(0, NAMED).join(", ")} +${platforms.length - NAMED}`}
            </span>
          </Tooltip>
        )}
      </Table.Td>
      <Table.Td>
        <TimeAgo at={row.updatedAt} />
        <Text size="xs" c="dimmed">
          {row.updatedBy}
        </Text>
      </Table.Td>
      <Table.Td>
        <TimeAgo at={row.lastPulledAt} />
      </Table.Td>
    </Table.Tr>
  );
}
