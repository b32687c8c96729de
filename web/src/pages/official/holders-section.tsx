import { Group, List, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type Holders, holdersQuery, OFFICIAL_KEY, officialDeeds } from "../../api/official.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";

/** Names on a list that administrators keep. */
export function HoldersSection({ kind }: { readonly kind: Holders }) {
  const { official } = useMessages();
  const { takeOff, takeOffOne, holder } = official;
  const { title, explain, add, takeOffExplain } = official.holders[kind];
  const found = useQuery(holdersQuery(kind));
  const addition = useDeed(officialDeeds.addHolder, OFFICIAL_KEY);
  const removal = useDeed(officialDeeds.removeHolder, OFFICIAL_KEY);
  return (
    <Section title={title}>
      <Text mb="sm">{explain}</Text>
      <ProblemText error={found.error ?? removal.error} />
      <List mb="sm" listStyleType="none">
        {found.data?.map((name) => (
          <List.Item key={name} mb={4}>
            <Group gap="sm">
              <span className="name">{name}</span>
              <ConfirmButton
                text={takeOff}
                label={takeOffOne(name)}
                explain={takeOffExplain(name)}
                loading={removal.isPending && removal.variables.name === name}
                onConfirm={() => removal.mutate({ kind, name })}
              />
            </Group>
          </List.Item>
        ))}
      </List>
      <SmallForm
        label={add}
        submit={add}
        deed={addition}
        onSubmit={(typed, onSuccess) =>
          addition.mutate({ kind, name: typed("holder").trim() }, { onSuccess })
        }
      >
        <TextInput name="holder" label={holder} maxLength={255} required />
      </SmallForm>
    </Section>
  );
}
