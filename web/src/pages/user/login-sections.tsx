import { Alert, Stack, Text } from "@mantine/core";
import type { User } from "../../api/administration.ts";
import { useDeed } from "../../api/use-deed.ts";
import { type PasswordLink, userDeedsOf, userQuery } from "../../api/users.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DeedProblem } from "../../parts/deed-problem.tsx";
import { Section } from "../../parts/section.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

interface NameProps {
  readonly name: string;
}

export function TwoFactorSection({ user }: { readonly user: User }) {
  const { user: texts, account } = useMessages();
  const { name, hasTwoFactor } = user;
  const reset = useDeed(userDeedsOf(name).resetTwoFactor, userQuery(name).queryKey);
  return (
    <Section title={account.twoFactor}>
      <Stack align="start">
        <Text>{hasTwoFactor ? texts.hasTwoFactor : texts.noTwoFactor}</Text>
        {hasTwoFactor ? (
          <ConfirmButton
            text={texts.resetTwoFactor}
            label={texts.resetTwoFactor}
            explain={texts.resetExplain(name)}
            loading={reset.isPending}
            onConfirm={() => reset.mutate()}
          />
        ) : null}
        <DeedProblem deed={reset} again={() => reset.mutate()} />
      </Stack>
    </Section>
  );
}

export function NewPasswordSection({ name }: NameProps) {
  const { user: texts } = useMessages();
  const making = useDeed(userDeedsOf(name).makePasswordLink, userQuery(name).queryKey);
  return (
    <Section title={texts.password}>
      <Stack align="start">
        <Text>{texts.passwordExplain(name)}</Text>
        <ConfirmButton
          text={texts.makeLink}
          label={texts.makeLink}
          explain={texts.passwordExplain(name)}
          loading={making.isPending}
          onConfirm={() => making.mutate()}
        />
        <DeedProblem deed={making} again={() => making.mutate()} />
        {making.data === undefined ? null : <ShownLink link={making.data} />}
      </Stack>
    </Section>
  );
}

/** To hand over: nothing shows it again. */
function ShownLink({ link }: { readonly link: PasswordLink }) {
  const { user: texts, common } = useMessages();
  return (
    <Alert color="green" title={common.once} role="status" w="100%">
      <Stack gap="xs">
        {link.link === undefined ? null : <CommandLine text={link.link} label={texts.byLink} />}
        <Text size="sm">{texts.byCommand}</Text>
        <CommandLine text={link.command} />
        <Text size="sm">
          {common.expires} <TimeAgo at={link.expiresAt} />
        </Text>
      </Stack>
    </Alert>
  );
}
