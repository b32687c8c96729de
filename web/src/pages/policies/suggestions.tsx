import { Button, Group } from "@mantine/core";
import { useMessages } from "../../messages/use-messages.ts";
import { type Suggestion, suggestWords } from "./suggest-words.ts";

/** Below the editor, reached by Tab: what can stand where one writes. */
export function Suggestions(props: {
  readonly text: string;
  readonly caret: number;
  readonly onChoose: (suggestion: Suggestion) => void;
}) {
  const { policies: texts } = useMessages();
  const found = suggestWords(props.text, props.caret);
  return (
    <Group gap={4} role="group" aria-label={texts.suggestions}>
      {found.map((suggestion) => (
        <Button
          key={suggestion.words}
          size="compact-xs"
          variant="default"
          onClick={() => props.onChoose(suggestion)}
        >
          {suggestion.words}
        </Button>
      ))}
    </Group>
  );
}
