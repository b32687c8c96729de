import { Group, Select } from "@mantine/core";
import { ARCHITECTURES } from "../../api/discovery.ts";
import {
  TAG_AGES,
  TAG_FINDINGS,
  TAG_ORDERS,
  TAG_SIGNED,
  type TagsWish,
} from "../../api/tag-wish.ts";
import { useMessages } from "../../messages/use-messages.ts";

/** Which tags are listed, beside their names, and in which order. */
export function TagFilters(props: {
  readonly wish: TagsWish;
  readonly onChange: (wish: TagsWish) => void;
}) {
  const { wish, onChange } = props;
  const { tags: texts, discovery } = useMessages();
  return (
    <Group gap="xs" mb="sm">
      <Select
        aria-label={texts.order}
        allowDeselect={false}
        data={TAG_ORDERS.map((value) => ({ value, label: texts.orders[value] }))}
        value={wish.order ?? "updated"}
        onChange={(order) => order !== null && onChange({ ...wish, order })}
      />
      <Choice
        label={discovery.architecture}
        any={discovery.anyArchitecture}
        data={ARCHITECTURES.map((value) => ({ value, label: value }))}
        value={wish.architecture}
        onChange={(architecture) => onChange({ ...wish, architecture })}
      />
      <Choice
        label={texts.findings}
        any={texts.anyFindings}
        data={TAG_FINDINGS.map((value) => ({ value, label: texts.findingsLike[value] }))}
        value={wish.findings}
        onChange={(findings) => onChange({ ...wish, findings })}
      />
      <Choice
        label={texts.signatures}
        any={texts.anySigned}
        data={TAG_SIGNED.map((value) => ({ value, label: texts.signed[value] }))}
        value={wish.signed}
        onChange={(signed) => onChange({ ...wish, signed })}
      />
      <Choice
        label={texts.age}
        any={texts.anyAge}
        data={TAG_AGES.map((value) => ({ value, label: texts.ages[value] }))}
        value={wish.age}
        onChange={(age) => onChange({ ...wish, age })}
      />
    </Group>
  );
}

/** One of several, or any. */
function Choice<Value extends string>(props: {
  readonly label: string;
  readonly any: string;
  readonly data: readonly { readonly value: Value; readonly label: string }[];
  readonly value: Value | undefined;
  readonly onChange: (value: Value | undefined) => void;
}) {
  const { label, any, data, value, onChange } = props;
  return (
    <Select<Value>
      aria-label={label}
      placeholder={any}
      clearable
      w={170}
      data={[...data]}
      value={value ?? null}
      onChange={(wish) => onChange(wish ?? undefined)}
    />
  );
}
