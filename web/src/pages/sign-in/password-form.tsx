import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { HubError } from "../../api/hub-error.ts";
import { useSignIn } from "../../api/session.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";

/** The kind of refusal that asks for a code beside the password. */
const CODE_WANTED = "urn:berth:problem:TWO_FACTOR_REQUIRED";

export function PasswordForm({ onDone }: { readonly onDone: () => void }) {
  const { signIn: texts } = useMessages();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const signIn = useSignIn();
  const { error } = signIn;
  const [wantsCode, setWantsCode] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate(
      { name, password, ...(wantsCode && { code }) },
      {
        onSuccess: onDone,
        onError: (refusal) => setWantsCode(wantsCode || isCodeWanted(refusal)),
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={texts.name}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          autoComplete="username"
          autoFocus
          required
        />
        <PasswordInput
          label={texts.password}
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          autoComplete="current-password"
          required
        />
        {wantsCode ? (
          <TextInput
            label={texts.code}
            description={texts.codeHint}
            value={code}
            onChange={({ currentTarget }) => setCode(currentTarget.value)}
            autoComplete="one-time-code"
            autoFocus
            required
          />
        ) : null}
        <ProblemText error={isCodeWanted(error) && code === "" ? null : error} />
        <Button type="submit" loading={signIn.isPending}>
          {texts.submit}
        </Button>
      </Stack>
    </form>
  );
}

function isCodeWanted(error: unknown): boolean {
  return error instanceof HubError && error.type === CODE_WANTED;
}
