import { MultiSelect, PasswordInput, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { EVENTS, FORMATS, HOOKS_KEY, type HookPlace, hookDeeds } from "../api/hooks.ts";
import { useDeed } from "../api/use-deed.ts";
import { useMessages } from "../messages/use-messages.ts";
import { Section } from "./section.tsx";
import { SmallForm, type Typed } from "./small-form.tsx";

const SHORTEST_SECRET = 16;
const FIRST: readonly (typeof EVENTS)[number][] = ["push", "delete"];

export function NewHookForm({ place }: { readonly place: HookPlace }) {
  const { hooks: texts, words } = useMessages();
  const [events, setEvents] = useState<readonly (typeof EVENTS)[number][]>(FIRST);
  const addition = useDeed(hookDeeds.add, HOOKS_KEY);
  return (
    <Section title={texts.add}>
      <SmallForm
        stacked
        label={texts.add}
        submit={texts.add}
        deed={addition}
        onSubmit={(typed, onSuccess) =>
          addition.mutate({ ...place, ...wishOf(typed), events: [...events] }, { onSuccess })
        }
      >
        <TextInput name="label" label={texts.label} maxLength={100} required />
        <TextInput name="url" type="url" label={texts.url} required />
        <Select
          name="format"
          label={texts.format}
          data={[...FORMATS]}
          defaultValue="json"
          allowDeselect={false}
        />
        <MultiSelect
          label={texts.events}
          data={EVENTS.map((value) => ({ value, label: words.event(value) }))}
          value={[...events]}
          onChange={(chosen) => setEvents(EVENTS.filter((event) => chosen.includes(event)))}
        />
        <TextInput name="tags" label={texts.tags} placeholder="v1.*" />
        <PasswordInput
          name="secret"
          label={texts.secret}
          description={texts.secretHint}
          minLength={SHORTEST_SECRET}
          autoComplete="off"
        />
      </SmallForm>
    </Section>
  );
}

function wishOf(typed: Typed) {
  const [tags, secret] = [typed("tags").trim(), typed("secret")];
  return {
    ...{ label: typed("label").trim(), url: typed("url").trim() },
    format: typed("format") as (typeof FORMATS)[number],
    ...(tags !== "" && { tags }),
    ...(secret !== "" && { secret }),
  };
}
