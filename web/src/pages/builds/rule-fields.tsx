import { Button, Checkbox, Group, Select, SimpleGrid, TextInput } from "@mantine/core";
import type { BuildRule } from "../../api/builds.ts";
import { useMessages } from "../../messages/use-messages.ts";

const TYPES = ["branch", "tag"] as const;

export function RuleFields(props: {
  readonly number: number;
  readonly rule: BuildRule;
  readonly onEdit: (part: Partial<BuildRule>) => void;
  readonly onRemove: () => void;
}) {
  const { number, rule, onEdit, onRemove } = props;
  const { builds: texts, common } = useMessages();
  return (
    <fieldset>
      <legend>{texts.rule(String(number))}</legend>
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
        <Select
          label={texts.type}
          data={TYPES.map((value) => ({ value, label: texts.types[value] }))}
          value={rule.sourceType}
          allowDeselect={false}
          onChange={(type) => onEdit({ sourceType: type === "tag" ? "tag" : "branch" })}
        />
        <TextInput
          label={texts.source}
          value={rule.source}
          onChange={({ currentTarget }) => onEdit({ source: currentTarget.value })}
          required
        />
        <TextInput
          label={texts.dockerTag}
          value={rule.dockerTag}
          onChange={({ currentTarget }) => onEdit({ dockerTag: currentTarget.value })}
          required
        />
        <TextInput
          label={texts.context}
          placeholder="/"
          value={rule.context ?? ""}
          onChange={({ currentTarget }) => onEdit({ context: currentTarget.value || undefined })}
        />
        <TextInput
          label={texts.dockerfile}
          placeholder="Dockerfile"
          value={rule.dockerfile ?? ""}
          onChange={({ currentTarget }) => onEdit({ dockerfile: currentTarget.value || undefined })}
        />
        <TextInput
          label={texts.paths}
          placeholder="src/**, !docs/**"
          value={rule.paths?.join(", ") ?? ""}
          onChange={({ currentTarget }) => onEdit({ paths: readPaths(currentTarget.value) })}
        />
      </SimpleGrid>
      <Group mt="xs">
        <Checkbox
          label={texts.autobuild}
          checked={rule.autobuild ?? true}
          onChange={({ currentTarget }) => onEdit({ autobuild: currentTarget.checked })}
        />
        <Checkbox
          label={texts.caching}
          checked={rule.caching ?? true}
          onChange={({ currentTarget }) => onEdit({ caching: currentTarget.checked })}
        />
        <Button
          size="xs"
          variant="default"
          aria-label={texts.removeRule(String(number))}
          onClick={onRemove}
        >
          {common.remove}
        </Button>
      </Group>
    </fieldset>
  );
}

function readPaths(text: string): string[] | undefined {
  const paths = text.split(",").map((one) => one.trimStart());
  return paths.join("") === "" ? undefined : paths;
}
