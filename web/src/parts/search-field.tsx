import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import {
  type ChangeEvent,
  type CompositionEvent,
  type Ref,
  useEffect,
  useRef,
  useState,
} from "react";

const PAUSE_MS = 80;
const LONGEST = 255;

/**
 * Keeps what is typed itself, and tells it after a pause: the address follows. Words that are still put together from
 * keystrokes, as Chinese is, are left alone until they are.
 */
export function SearchField(props: {
  readonly q: string;
  readonly label: string;
  readonly placeholder: string;
  readonly onSearch: (text: string) => void;
  readonly ref?: Ref<HTMLInputElement>;
}) {
  const { q, label, placeholder, onSearch, ref } = props;
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
      {...(ref && { ref })}
      type="search"
      aria-label={label}
      placeholder={placeholder}
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
