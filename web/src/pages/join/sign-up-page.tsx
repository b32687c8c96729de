import { Button, PasswordInput, Text, TextInput } from "@mantine/core";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useHub } from "../../api/hub.ts";
import { useSignUp } from "../../api/join.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { NarrowPage } from "./narrow-page.tsx";

/** An account of one's own: where the hub is open to everybody, or by the invitation of a letter. */
export function SignUpPage() {
  const { join, signIn } = useMessages();
  const hub = useHub();
  const { invitation } = useSearch({ from: "/sign-up" });
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signUp = useSignUp();
  const { data } = signUp;
  const needsInvitation = hub.signUp !== "open" && invitation === undefined;
  const created = data?.state === "created" ? join.created(data.name) : join.unconfirmed;
  return (
    <NarrowPage
      title={join.signUp}
      error={signUp.error}
      outcome={data && created}
      onSubmit={() =>
        signUp.mutate({ name, password, ...(invitation ? { invitation } : { email }) })
      }
    >
      {needsInvitation ? (
        <Text>{hub.signUp === "invitation" ? signIn.byInvitation : join.closed}</Text>
      ) : (
        <>
          <TextInput
            label={signIn.name}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            autoComplete="username"
            required
          />
          {invitation === undefined ? (
            <TextInput
              type="email"
              label={join.email}
              value={email}
              onChange={({ currentTarget }) => setEmail(currentTarget.value)}
              autoComplete="email"
              required
            />
          ) : null}
          <PasswordInput
            label={signIn.password}
            value={password}
            onChange={({ currentTarget }) => setPassword(currentTarget.value)}
            autoComplete="new-password"
            required
          />
          <Button type="submit" loading={signUp.isPending}>
            {join.submit}
          </Button>
        </>
      )}
    </NarrowPage>
  );
}
