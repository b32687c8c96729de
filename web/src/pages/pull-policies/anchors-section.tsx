import { Select, Table, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { anchorsQuery, POLICIES_KEY, policyDeeds } from "../../api/pull-policies.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

const KINDS = ["key", "ca", "signingAuthority", "tsa"] as const;

/** Whose signatures count here. */
export function AnchorsSection({ place }: { readonly place: string }) {
  const { pullPolicies: texts, common } = useMessages();
  const { data, error } = useQuery(anchorsQuery(place));
  const addition = useDeed(policyDeeds.addAnchor, POLICIES_KEY);
  const removal = useDeed(policyDeeds.removeAnchor, POLICIES_KEY);
  const prefix = place === "hub" ? "" : `${place}/`;
  return (
    <Section title={texts.keys}>
      <Text mb="xs">{texts.keysExplain}</Text>
      <ProblemText error={error ?? removal.error} />
      <DataTable
        label={texts.keys}
        columns={[...[common.name, texts.kind, texts.author, common.created], common.actions]}
      >
        {(data?.items ?? []).map(({ name, kind, createdBy, createdAt }) => (
          <Table.Tr key={name}>
            <Table.Td className="name">{name}</Table.Td>
            <Table.Td>{texts.keyKinds[kind]}</Table.Td>
            <Table.Td className="name">{createdBy}</Table.Td>
            <Table.Td>
              <TimeAgo at={createdAt} />
            </Table.Td>
            <Table.Td>
              <ConfirmButton
                text={common.remove}
                label={texts.removeKey(name)}
                explain={texts.removeKeyExplain}
                loading={removal.isPending}
                onConfirm={() => removal.mutate({ place, name: name.slice(prefix.length) })}
              />
            </Table.Td>
          </Table.Tr>
        ))}
      </DataTable>
      <SmallForm
        stacked
        label={texts.addKey}
        submit={texts.addKey}
        deed={addition}
        onSubmit={(typed, onSuccess) =>
          addition.mutate(
            {
              place,
              name: typed("name").trim(),
              kind: typed("kind") as (typeof KINDS)[number],
              pem: typed("pem"),
            },
            { onSuccess },
          )
        }
      >
        <TextInput name="name" label={common.name} required />
        <Select
          name="kind"
          label={texts.kind}
          data={KINDS.map((value) => ({ value, label: texts.keyKinds[value] }))}
          defaultValue="key"
          allowDeselect={false}
        />
        <Textarea name="pem" label={texts.pem} autosize minRows={3} required />
      </SmallForm>
    </Section>
  );
}
