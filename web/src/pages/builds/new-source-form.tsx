import { NumberInput, PasswordInput, Select, Switch, TextInput } from "@mantine/core";
import type { UseMutationResult } from "@tanstack/react-query";
import type { NewBuildSource } from "../../api/build-inputs.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { SmallForm, type Typed } from "../../parts/small-form.tsx";

type Wish = NewBuildSource & { readonly repository: string };
type Provider = NonNullable<NewBuildSource["provider"]>;

const PROVIDERS = [
  ...(["github", "gitlab", "gitea", "bitbucket", "bitbucket-server", "other"] as const),
] satisfies readonly Provider[];
const DAY_MINUTES = 1440;

export function NewSourceForm({
  repository,
  addition,
}: {
  readonly repository: string;
  readonly addition: UseMutationResult<unknown, Error, Wish>;
}) {
  const { buildInputs: texts } = useMessages();
  return (
    <SmallForm
      stacked
      label={texts.addSource}
      submit={texts.addSource}
      deed={addition}
      onSubmit={(typed, onSuccess) =>
        addition.mutate({ repository, ...wishOf(typed) }, { onSuccess })
      }
    >
      <TextInput name="url" label={texts.url} description={texts.urlHint} required />
      <Select
        name="provider"
        label={texts.provider}
        data={PROVIDERS.map((value) => ({ value, label: texts.providers[value] }))}
        defaultValue="github"
        allowDeselect={false}
      />
      <PasswordInput
        name="token"
        label={texts.token}
        description={texts.tokenHint}
        autoComplete="off"
      />
      <Switch name="deployKey" value="new" label={texts.makeDeployKey} />
      <NumberInput
        name="pollMinutes"
        label={texts.poll}
        description={texts.pollHint}
        defaultValue={0}
        min={0}
        max={DAY_MINUTES}
        allowDecimal={false}
      />
    </SmallForm>
  );
}

function wishOf(typed: Typed): NewBuildSource {
  const [token, key] = [typed("token"), typed("deployKey")];
  return {
    ...{ url: typed("url").trim(), provider: typed("provider") as Provider },
    pollMinutes: Number(typed("pollMinutes")),
    ...(token !== "" && { token }),
    ...(key !== "" && { deployKey: key }),
  };
}
