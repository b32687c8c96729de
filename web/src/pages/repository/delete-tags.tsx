import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FreedByTags, freedByQuery, useDeleteTags } from "../../api/tags.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { announce } from "../../parts/announcements.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { shortName } from "../../parts/repository-path.ts";
import { useByteSize } from "../../parts/use-byte-size.ts";

/** Asks once more, with what it frees; and says which tags a rule kept, and why. */
export function DeleteTags(props: {
  readonly repository: string;
  readonly tags: readonly string[];
  /** Whether anything was tried. */
  readonly onClose: (isTried: boolean) => void;
  /** When it is out of sight, for whoever goes on by keyboard. */
  readonly onClosed: () => void;
}) {
  const { repository, tags, onClose, onClosed } = props;
  const { tags: texts, common } = useMessages();
  const size = useByteSize();
  const freed = useQuery({ ...freedByQuery(repository, tags), enabled: tags.length > 0 });
  const deletion = useDeleteTags(repository);
  const sayFreed = ({ untagged, withUntagged: { repository: bytes } }: FreedByTags) =>
    untagged === "keep" ? texts.keepsUntagged(size(bytes)) : texts.frees(size(bytes));
  const refused = deletion.data?.refused ?? [];
  const close = () => {
    const isTried = !deletion.isIdle;
    deletion.reset();
    onClose(isTried);
  };
  const act = () =>
    deletion.mutate(tags, {
      onSuccess: ({ deleted, refused }) => {
        if (deleted.length > 0) announce(texts.deleted(deleted.length));
        if (refused.length === 0) close();
      },
    });
  return (
    <Modal
      opened={tags.length > 0}
      onClose={close}
      returnFocus={false}
      onExitTransitionEnd={onClosed}
      title={texts.deleteTitle(tags.length, shortName(repository))}
      closeButtonProps={{ "aria-label": common.cancel }}
    >
      <Stack>
        <Text className="name" lineClamp={8}>
          {tags.join(", ")}
        </Text>
        {freed.error === null ? (
          <Text>{freed.data === undefined ? texts.freesUnknown : sayFreed(freed.data)}</Text>
        ) : (
          <ProblemText error={freed.error} />
        )}
        {refused.length > 0 ? (
          <List>
            {refused.map(({ tag, why }) => (
              <List.Item key={tag}>
                <b>{tag}</b>: {why}
              </List.Item>
            ))}
          </List>
        ) : null}
        <ProblemText error={deletion.error} />
        <Group justify="end">
          <Button variant="default" onClick={close}>
            {texts.cancel}
          </Button>
          <Button
            color="red"
            loading={deletion.isPending}
            disabled={deletion.isSuccess}
            onClick={act}
          >
            {texts.delete(tags.length)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
