import { Group } from "@mantine/core";
import { ARCHITECTURES } from "../../api/discovery.ts";
import {
  TAG_AGES,
  TAG_FINDINGS,
  TAG_ORDERS,
  TAG_SIGNED,
  type TagsWish,
} from "../../api/tag-wish.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ChoiceField, FilterField } from "../../parts/choice-field.tsx";

/** Which tags are listed, beside their names, and in which order. */
export function TagFilters(props: {
  readonly wish: TagsWish;
  readonly onChange: (wish: TagsWish) => void;
}) {
  const { wish, onChange } = props;
  const { tags: texts, discovery } = useMessages();
  return (
    <Group gap="xs" mb="sm">
      <ChoiceField
        label={texts.order}
        choices={TAG_ORDERS.map((value) => ({ value, label: texts.orders[value] }))}
        value={wish.order ?? "updated"}
        onChoose={(order) => onChange({ ...wish, order })}
      />
      <FilterField
        label={discovery.architecture}
        any={discovery.anyArchitecture}
        choices={ARCHITECTURES.map((value) => ({ value, label: value }))}
        value={wish.architecture}
        onChoose={(architecture) => onChange({ ...wish, architecture })}
      />
      <FilterField
        label={texts.findings}
        any={texts.anyFindings}
        choices={TAG_FINDINGS.map((value) => ({ value, label: texts.findingsLike[value] }))}
        value={wish.findings}
        onChoose={(findings) => onChange({ ...wish, findings })}
      />
      <FilterField
        label={texts.signatures}
        any={texts.anySigned}
        choices={TAG_SIGNED.map((value) => ({ value, label: texts.signed[value] }))}
        value={wish.signed}
        onChoose={(signed) => onChange({ ...wish, signed })}
      />
      <FilterField
        label={texts.age}
        any={texts.anyAge}
        choices={TAG_AGES.map((value) => ({ value, label: texts.ages[value] }))}
        value={wish.age}
        onChoose={(age) => onChange({ ...wish, age })}
      />
    </Group>
  );
}
