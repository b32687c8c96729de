import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { type ChangeEvent, type CompositionEvent, useEffect, useRef, useState } from "react";
import { useMessages } from "../../messages/use-messages.ts";

const PAUSE_MS = 80;
const LONGEST = 255;

/**
 * Keeps what is typed itself, and tells it after a pause: the address follows. Words that are still put together from
 * keystrokes, as Chinese is, are left alone until they are.
 */
export function SearchField(props: {
  readonly q: string;
  readonly onSearch: (text: string) => void;
}) {
  const { q, onSearch } = props;
  const { explore } = useMessages();
  const [typed, setTyped] = useState(q);
  const told = useRef(q);
  const tell = useDebouncedCallback((text: string) => {
    told.current = text;
    onSearch(text);
  }, PAUSE_MS);
  // Links and the browser's own buttons change the address, too.
  useEffect(() => {
    if (q === told.current) return;
    told.current = q;
    setTyped(q);
  }, [q]);
  const change = ({ currentTarget, nativeEvent }: ChangeEvent<HTMLInputElement>) => {
    setTyped(currentTarget.value);
    if (!(nativeEvent as InputEvent).isComposing) tell(currentTarget.value);
  };
  return (
    <TextInput
      flex={1}
      miw={200}
      type="search"
      aria-label={explore.label}
      placeholder={explore.placeholder}
      leftSection={<IconSearch size={16} />}
      maxLength={LONGEST}
      value={typed}
      onChange={change}
      onCompositionEnd={({ currentTarget }: CompositionEvent<HTMLInputElement>) =>
        tell(currentTarget.value)
      }
    />
  );
}
