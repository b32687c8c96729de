import { Select, TextInput } from "@mantine/core";
import { deedsOf } from "../../api/organizations.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { LevelSelect } from "./level-select.tsx";
import { actionsOf, type Level } from "./levels.ts";

/** To give somebody a right: to the repository that the page is about, or wherever is typed. */
export function GiveRightForm(props: {
  readonly namespace: string;
  readonly repository?: string;
  /** Whom the form thinks of first. */
  readonly first: "account" | "team";
}) {
  const { namespace, repository, first } = props;
  const { organizations: texts, common } = useMessages();
  const gift = useDeed(deedsOf(namespace).giveRight, ["organization", namespace, "rights"]);
  const kinds = [
    { value: "account", label: common.account },
    { value: "team", label: texts.team },
  ];
  return (
    <Section title={texts.give}>
      <SmallForm
        label={texts.give}
        submit={texts.give}
        deed={gift}
        onSubmit={(typed, onSuccess) => {
          const subject = { [typed("kind")]: typed("who").trim() };
          const scope = scopeOf(namespace, repository ?? typed("where").trim());
          const actions = actionsOf(typed("level") as Level);
          gift.mutate({ ...subject, ...scope, actions }, { onSuccess });
        }}
      >
        <Select
          name="kind"
          label={texts.kind}
          data={first === "account" ? kinds : kinds.toReversed()}
          defaultValue={first}
          allowDeselect={false}
        />
        <TextInput name="who" label={texts.who} required />
        {repository === undefined ? (
          <TextInput name="where" label={texts.where} description={texts.whereHint} required />
        ) : null}
        <LevelSelect />
      </SmallForm>
    </Section>
  );
}

/** A whole name is one repository; anything else speaks of names below the namespace. */
function scopeOf(namespace: string, where: string): { readonly [scope: string]: string } {
  const isWhole = where.startsWith(`${namespace}/`) && !where.includes("*");
  return { [isWhole ? "repository" : "pattern"]: where };
}
