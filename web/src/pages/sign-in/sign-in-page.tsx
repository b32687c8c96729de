import { Container, Paper, Text, Title } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useHub } from "../../api/hub.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { JoinLinks } from "./join-links.tsx";
import { PasswordForm } from "./password-form.tsx";
import { ProviderButtons } from "./provider-buttons.tsx";

export function SignInPage() {
  const { signIn } = useMessages();
  const { mode, signUp } = useHub();
  const { next = "/" } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  usePageTitle(signIn.title);
  return (
    <Container size={420} py="xl">
      <Title order={1} ta="center" mb="lg">
        {signIn.title}
      </Title>
      {mode === "accounts" ? (
        <Paper withBorder p="lg">
          <PasswordForm onDone={() => navigate({ href: next })} />
          <ProviderButtons next={next} />
          <JoinLinks signUp={signUp} />
        </Paper>
      ) : (
        <Text ta="center">{mode === "open" ? signIn.noAccounts : signIn.htpasswd}</Text>
      )}
    </Container>
  );
}
