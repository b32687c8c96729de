import { NativeSelect, type NativeSelectProps } from "@mantine/core";

/** One of several, in the browser's own list: it costs a page nothing before it is opened, and telephones show theirs. */
export function ChoiceField<Value extends string>(props: {
  readonly label: string;
  readonly choices: readonly { readonly value: Value; readonly label: string }[];
  readonly value: Value;
  readonly onChoose: (value: Value) => void;
  readonly w?: NativeSelectProps["w"];
}) {
  const { label, choices, value, onChoose, ...rest } = props;
  return (
    <NativeSelect
      aria-label={label}
      data={[...choices]}
      value={value}
      onChange={({ currentTarget }) => {
        const wish = choices.find((choice) => choice.value === currentTarget.value);
        if (wish !== undefined) onChoose(wish.value);
      }}
      {...rest}
    />
  );
}

/** The same, or any of them. */
export function FilterField<Value extends string>(props: {
  readonly label: string;
  readonly any: string;
  readonly choices: readonly { readonly value: Value; readonly label: string }[];
  readonly value: Value | undefined;
  readonly onChoose: (value: Value | undefined) => void;
}) {
  const { any, choices, value, onChoose, ...rest } = props;
  return (
    <ChoiceField<Value | "">
      choices={[{ value: "", label: any }, ...choices]}
      value={value ?? ""}
      onChoose={(wish) => onChoose(wish === "" ? undefined : wish)}
      w={170}
      {...rest}
    />
  );
}
