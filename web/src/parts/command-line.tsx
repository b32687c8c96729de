import { ActionIcon, Box, Code, CopyButton, Group, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useMessages } from "../messages/use-messages.ts";

/** Something to type into a terminal. */
export function CommandLine({
  text,
  label = text,
}: {
  readonly text: string;
  readonly label?: string;
}) {
  const { copy } = useMessages();
  return (
    <Group gap="xs" wrap="nowrap" align="start">
      <Box flex={1} miw={0}>
        <Code block className="command">
          {text}
        </Code>
      </Box>
      <CopyButton value={text}>
        {({ copied, copy: act }) => (
          <Tooltip label={copied ? copy.copied : copy.copy(label)}>
            <ActionIcon
              variant="default"
              size="lg"
              aria-label={copied ? copy.copied : copy.copy(label)}
              onClick={act}
            >
              {copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
