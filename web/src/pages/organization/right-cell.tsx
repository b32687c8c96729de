import { ActionIcon, Group, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { deedsOf, type Right } from "../../api/organizations.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";

/** What one team or account may in one place. */
export function RightCell(props: {
  readonly name: string;
  readonly right: Right;
  readonly row: string;
  readonly place: string;
  readonly mayManage: boolean;
}) {
  const { organizations: texts } = useMessages();
  const { name, right, row, place, mayManage } = props;
  const { actions, tags, createOnly, ...all } = right;
  const taking = useDeed(deedsOf(name).takeRight, ["organization", name, "rights"]);
  return (
    <Group gap={4} wrap="nowrap">
      <div>
        <Text size="sm">{actions.join(", ")}</Text>
        {tags === undefined ? null : (
          <Text size="xs" className="name">
            {texts.onlyTags(tags)}
          </Text>
        )}
        {createOnly ? <Text size="xs">{texts.createOnly}</Text> : null}
        <ProblemText error={taking.error} />
      </div>
      {mayManage ? (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={texts.takeRight(row, place)}
          loading={taking.isPending}
          onClick={() => taking.mutate(all)}
        >
          <IconX size={14} />
        </ActionIcon>
      ) : null}
    </Group>
  );
}
