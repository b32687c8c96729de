import { Select, TextInput } from "@mantine/core";
import { deedsOf, type MachineNoun } from "../../api/organizations.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { LoginSecret } from "../../parts/login-secret.tsx";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { LevelSelect } from "./level-select.tsx";
import { actionsOf, type Level } from "./levels.ts";

const DAYS = ["30", "90", "365", ""] as const;
const DAY_MS = 86_400_000;
const NOUNS = ["robots", "tokens"] as const;

export function NewMachineForm({ name }: { readonly name: string }) {
  const { organizations: texts, common } = useMessages();
  const creation = useDeed(deedsOf(name).createMachine, ["organization", name]);
  return (
    <Section title={texts.makeMachine}>
      <SmallForm
        label={texts.makeMachine}
        submit={texts.makeMachine}
        deed={creation}
        onSubmit={(typed, onSuccess) => {
          const permit = {
            repositories: typed("repositories").trim(),
            actions: actionsOf(typed("level") as Level),
          };
          const noun = typed("noun") as MachineNoun;
          const wish = { noun, label: typed("label").trim(), resources: [permit] };
          creation.mutate({ ...wish, ...expiryIn(typed("days")) }, { onSuccess });
        }}
      >
        <Select
          name="noun"
          label={texts.kind}
          data={NOUNS.map((value) => ({ value, label: texts.kinds[value] }))}
          defaultValue="robots"
          allowDeselect={false}
        />
        <TextInput name="label" label={common.name} required />
        <TextInput
          name="repositories"
          label={texts.repositoriesOf}
          defaultValue={`${name}/**`}
          required
        />
        <LevelSelect />
        <Select
          name="days"
          label={texts.lasts}
          data={DAYS.map((value) => ({
            value,
            label: value === "" ? common.forever : common.days(value),
          }))}
          defaultValue="90"
          allowDeselect={false}
        />
      </SmallForm>
      {creation.data === undefined ? null : (
        <LoginSecret user={creation.data.user} secret={creation.data.secret} />
      )}
    </Section>
  );
}

function expiryIn(days: string) {
  if (days === "") return {};
  return { expiresAt: new Date(Date.now() + Number(days) * DAY_MS).toISOString() };
}
