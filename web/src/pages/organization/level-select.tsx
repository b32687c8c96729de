import { Select } from "@mantine/core";
import { useMessages } from "../../messages/use-messages.ts";
import { LEVELS } from "./levels.ts";

/** The field `level` of a form that says what somebody may do. */
export function LevelSelect() {
  const { organizations: texts } = useMessages();
  return (
    <Select
      name="level"
      label={texts.what}
      data={LEVELS.map((value) => ({ value, label: texts.levels[value] }))}
      defaultValue="pull"
      allowDeselect={false}
    />
  );
}
