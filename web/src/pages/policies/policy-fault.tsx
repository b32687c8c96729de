import { Alert, Button, Code, Stack, Text } from "@mantine/core";
import type { RefObject } from "react";
import { useMessages } from "../../messages/use-messages.ts";

/** What the hub cannot read, with the line and a mark below the column; one step leads there. */
export function PolicyFault(props: {
  readonly error: Error;
  readonly policy: string;
  readonly field: RefObject<HTMLTextAreaElement | null>;
}) {
  const { policies: texts } = useMessages();
  const { error, policy, field } = props;
  const place = /line (?<line>\d+), column (?<column>\d+)/.exec(error.message)?.groups;
  const line = Number(place?.line ?? 0);
  const column = Number(place?.column ?? 1);
  const lines = policy.split("\n");
  const goThere = () => {
    const before = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    field.current?.focus();
    field.current?.setSelectionRange(before + column - 1, before + column);
  };
  return (
    <Alert color="red" role="alert">
      <Stack gap="xs" align="start">
        <Text>{error.message}</Text>
        {place === undefined ? null : (
          <>
            <Code block className="command">
              {`${lines[line - 1] ?? ""}\n${" ".repeat(column - 1)}^`}
            </Code>
            <Button size="xs" variant="default" onClick={goThere}>
              {texts.goTo(String(line), String(column))}
            </Button>
          </>
        )}
      </Stack>
    </Alert>
  );
}
