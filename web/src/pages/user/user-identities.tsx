import { NativeSelect, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useDeed } from "../../api/use-deed.ts";
import { userDeedsOf, userIdentitiesQuery, userQuery } from "../../api/users.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DeedProblem } from "../../parts/deed-problem.tsx";
import { IdentityTable } from "../../parts/identity-table.tsx";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";

const DIRECTORY = "ldap";

/** Who of directories and providers opens somebody's account; linking one more, and unlinking. */
export function UserIdentities({ name }: { readonly name: string }) {
  const { user: texts, account } = useMessages();
  const query = userIdentitiesQuery(name);
  const { data } = useQuery({ ...query, throwOnError: true });
  // What the login had opened ends with it.
  const unlinking = useDeed(userDeedsOf(name).unlinkIdentity, userQuery(name).queryKey);
  const identities = data?.items ?? [];
  return (
    <Section title={account.identities}>
      <Text mb="xs">
        {data !== undefined && identities.length === 0 ? texts.nobody : texts.explain(name)}
      </Text>
      <DeedProblem
        deed={unlinking}
        again={() => unlinking.variables !== undefined && unlinking.mutate(unlinking.variables)}
      />
      {identities.length === 0 ? null : (
        <IdentityTable
          identities={identities}
          explain={texts.unlinkExplain(name)}
          onUnlink={(id) => unlinking.mutate(id)}
        />
      )}
      {data === undefined ? null : <LinkForm name={name} providers={data.providers} />}
    </Section>
  );
}

interface LinkProps {
  readonly name: string;
  readonly providers: readonly string[];
}

/** An administrator says who it is; nobody is asked at the provider. */
function LinkForm({ name, providers }: LinkProps) {
  const { user: texts } = useMessages();
  const [first] = providers;
  const [chosen, setChosen] = useState(first);
  const linking = useDeed(userDeedsOf(name).linkIdentity, userIdentitiesQuery(name).queryKey);
  if (first === undefined) return <Text mt="xs">{texts.noProviders}</Text>;
  const isDirectory = chosen === DIRECTORY;
  return (
    <SmallForm
      label={texts.link}
      submit={texts.link}
      deed={linking}
      onSubmit={(typed, onSuccess) => {
        const person = typed("person").trim();
        const whom = isDirectory ? { user: person } : { subject: person };
        linking.mutate({ provider: typed("provider"), ...whom }, { onSuccess });
      }}
    >
      <NativeSelect
        name="provider"
        label={texts.where}
        value={chosen}
        onChange={({ currentTarget }) => setChosen(currentTarget.value)}
        data={providers.map((value) => ({
          value,
          label: value === DIRECTORY ? texts.directory : value,
        }))}
      />
      <TextInput
        name="person"
        label={texts.person}
        description={isDirectory ? texts.inDirectory : texts.atProvider}
        required
      />
    </SmallForm>
  );
}
