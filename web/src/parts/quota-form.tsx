import { Group, NumberInput, Select } from "@mantine/core";
import { useState } from "react";
import { type Quota, usageDeeds } from "../api/usage.ts";
import { useDeed } from "../api/use-deed.ts";
import { useMessages } from "../messages/use-messages.ts";
import { SmallForm, type Typed } from "./small-form.tsx";

type Resource = "bytes" | "tags" | "repositories";
type Kind = "default" | "unlimited" | "set";

const KINDS = ["default", "unlimited", "set"] as const;
const GIBIBYTE = 2 ** 30;

/** Limits of a place. Who may set them is the hub's to say. */
export function QuotaForm({ place, quota }: { readonly place: string; readonly quota: Quota }) {
  const { settings: texts } = useMessages();
  const change = useDeed(usageDeeds.setQuota, ["quota"]);
  const resources: readonly Resource[] = place.startsWith("repositories/")
    ? ["bytes", "tags"]
    : ["bytes", "tags", "repositories"];
  return (
    <SmallForm
      stacked
      label={texts.setQuota}
      submit={texts.setQuota}
      deed={change}
      onSubmit={(typed) =>
        change.mutate({
          place,
          wish: Object.fromEntries(resources.map((one) => [one, limitOf(one, typed)])),
        })
      }
    >
      {resources.map((resource) => (
        <LimitFields key={resource} resource={resource} standing={quota[resource]} />
      ))}
    </SmallForm>
  );
}

function LimitFields(props: {
  readonly resource: Resource;
  readonly standing: Pick<Quota["tags"], "limit" | "from">;
}) {
  const { resource, standing } = props;
  const { settings: texts, organizations } = useMessages();
  const { limit, from } = standing;
  const [kind, setKind] = useState<Kind>(() => kindOf(limit, from));
  const name = organizations.resources[resource];
  const isBytes = resource === "bytes";
  return (
    <Group align="end">
      <Select
        name={`${resource}-kind`}
        label={texts.limitOf(name)}
        data={KINDS.map((value) => ({ value, label: texts.limit[value] }))}
        value={kind}
        allowDeselect={false}
        onChange={(next) => setKind(next as Kind)}
      />
      {kind === "set" ? (
        <NumberInput
          name={resource}
          label={texts.amountOf(isBytes ? texts.gigabytes : name)}
          min={0}
          decimalScale={isBytes ? 2 : 0}
          defaultValue={(limit ?? 0) / (isBytes ? GIBIBYTE : 1)}
          required
        />
      ) : null}
    </Group>
  );
}

function kindOf(limit: number | null, from: "set" | "default"): Kind {
  if (from === "default") return "default";
  return limit === null ? "unlimited" : "set";
}

function limitOf(resource: Resource, typed: Typed): number | "unlimited" | null {
  const kind = typed(`${resource}-kind`);
  if (kind === "default") return null;
  if (kind === "unlimited") return "unlimited";
  return Math.round(Number(typed(resource)) * (resource === "bytes" ? GIBIBYTE : 1));
}
