import { Button, Group, Paper, Select, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { NewToken, useCreateToken } from "../../api/tokens.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmIdentity, isConfirmationWanted } from "../../parts/confirm-identity.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";

type Scope = NewToken["scopes"][number];
const SCOPES = [
  "repo:read",
  "repo:write",
  "repo:admin",
  "repo:public_read",
] as const satisfies readonly Scope[];
const DAYS = ["30", "90", "365", ""] as const;
const DAY_MS = 86_400_000;

export function NewTokenForm({
  creation,
}: {
  readonly creation: ReturnType<typeof useCreateToken>;
}) {
  const { tokens: texts } = useMessages();
  const [label, setLabel] = useState("");
  const [scope, setScope] = useState<Scope>("repo:read");
  const [only, setOnly] = useState("");
  const [days, setDays] = useState<(typeof DAYS)[number]>("90");
  const create = () => {
    const expiresAt = new Date(Date.now() + Number(days) * DAY_MS).toISOString();
    creation.mutate(
      {
        ...{ label, scopes: [scope], repositories: only.split(/[\s,]+/).filter(Boolean) },
        ...(days !== "" && { expiresAt }),
      },
      {
        onSuccess: () => {
          setLabel("");
          setOnly("");
        },
      },
    );
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create();
  };
  return (
    <Paper withBorder p="md">
      <form onSubmit={submit}>
        <Group align="end">
          <TextInput
            flex={1}
            miw={180}
            label={texts.label}
            placeholder={texts.labelHint}
            value={label}
            onChange={({ currentTarget }) => setLabel(currentTarget.value)}
            maxLength={100}
            required
          />
          <Select<Scope>
            label={texts.scope}
            allowDeselect={false}
            data={SCOPES.map((value) => ({ value, label: texts.scopes[value] }))}
            value={scope}
            onChange={(wish) => wish !== null && setScope(wish)}
          />
          <Select<(typeof DAYS)[number]>
            label={texts.lasts}
            allowDeselect={false}
            data={DAYS.map((value) => ({
              value,
              label: value === "" ? texts.forever : texts.days(value),
            }))}
            value={days}
            onChange={(wish) => wish !== null && setDays(wish)}
          />
          <TextInput
            flex={1}
            miw={220}
            label={texts.only}
            placeholder={texts.onlyHint}
            value={only}
            onChange={({ currentTarget }) => setOnly(currentTarget.value)}
          />
          <Button type="submit" loading={creation.isPending}>
            {texts.create}
          </Button>
        </Group>
        <ProblemText error={isConfirmationWanted(creation.error) ? null : creation.error} />
      </form>
      <ConfirmIdentity error={creation.error} onConfirmed={create} onCancel={creation.reset} />
    </Paper>
  );
}
