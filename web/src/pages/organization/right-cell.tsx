import { Group, Text } from "@mantine/core";
import { deedsOf, type Right } from "../../api/organizations.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";

/** What one team or account may in one place. */
export function RightCell(props: {
  readonly name: string;
  readonly right: Right;
  readonly row: string;
  readonly place: string;
  readonly mayManage: boolean;
}) {
  const { organizations: texts, common, words } = useMessages();
  const { name, right, row, place, mayManage } = props;
  const { actions, tags, createOnly, ...all } = right;
  const taking = useDeed(deedsOf(name).takeRight, ["organization", name, "rights"]);
  return (
    <Group gap={4} wrap="nowrap">
      <div>
        <Text size="sm">{actions.map(words.action).join(", ")}</Text>
        {tags === undefined ? null : (
          <Text size="xs" className="name">
            {texts.onlyTags(tags)}
          </Text>
        )}
        {createOnly ? <Text size="xs">{texts.createOnly}</Text> : null}
        <ProblemText error={taking.error} />
      </div>
      {mayManage ? (
        <ConfirmButton
          text={common.remove}
          label={texts.takeRight(row, place)}
          explain={texts.takeExplain}
          loading={taking.isPending}
          onConfirm={() => taking.mutate(all)}
        />
      ) : null}
    </Group>
  );
}
