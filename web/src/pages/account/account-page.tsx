import { Alert, Container, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { accountDeeds, accountQuery, profileQuery } from "../../api/account.ts";
import { useHub } from "../../api/hub.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { IdentitiesSection } from "./identities-section.tsx";
import { MailsSection } from "./mails-section.tsx";
import { ReceivedInvitations } from "./received-invitations.tsx";
import { SessionsSection } from "./sessions-section.tsx";
import { TwoFactorSection } from "./two-factor-section.tsx";

const FIELDS = ["givenName", "familyName", "company", "location"] as const;

/** Everything that people keep for themselves. */
export function AccountPage() {
  const { account: texts } = useMessages();
  const { data: self } = useSuspenseQuery(accountQuery);
  const owesSecondFactor = useHub().account?.owesSecondFactor === true;
  usePageTitle(texts.title);
  return (
    <Container size="md" px={0}>
      <Title order={1} mb="md">
        {texts.title}: {self.name}
      </Title>
      <Stack>
        {owesSecondFactor ? (
          <Alert color="orange">{texts.owesSecondFactor}</Alert>
        ) : (
          <>
            <ReceivedInvitations />
            <ProfileSection />
            <MailsSection />
          </>
        )}
        <PasswordSection />
        <TwoFactorSection />
        {owesSecondFactor ? null : <IdentitiesSection />}
        <SessionsSection />
      </Stack>
    </Container>
  );
}

function ProfileSection() {
  const { account: texts, common } = useMessages();
  const { data: profile } = useQuery({ ...profileQuery, throwOnError: true });
  const change = useDeed(accountDeeds.changeProfile, profileQuery.queryKey);
  if (profile === undefined) return null;
  return (
    <Section title={texts.profile}>
      <SmallForm
        label={texts.profile}
        submit={common.save}
        deed={change}
        onSubmit={(typed) =>
          change.mutate(Object.fromEntries(FIELDS.map((field) => [field, typed(field).trim()])))
        }
      >
        {FIELDS.map((field) => (
          <TextInput
            key={field}
            name={field}
            label={texts.fields[field]}
            defaultValue={profile[field]}
            maxLength={200}
          />
        ))}
      </SmallForm>
      {change.isSuccess ? <Text role="status">{common.saved}</Text> : null}
    </Section>
  );
}

function PasswordSection() {
  const { account: texts } = useMessages();
  const change = useDeed(accountDeeds.changePassword, ["account"]);
  return (
    <Section title={texts.password}>
      <SmallForm
        label={texts.changePassword}
        submit={texts.changePassword}
        deed={change}
        onSubmit={(typed, onSuccess) =>
          change.mutate({ current: typed("current"), next: typed("next") }, { onSuccess })
        }
      >
        <PasswordInput
          name="current"
          label={texts.current}
          autoComplete="current-password"
          miw={200}
          required
        />
        <PasswordInput
          name="next"
          label={texts.next}
          autoComplete="new-password"
          miw={200}
          required
        />
      </SmallForm>
      {change.isSuccess ? <Text role="status">{texts.passwordChanged}</Text> : null}
    </Section>
  );
}
