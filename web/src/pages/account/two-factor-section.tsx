import { Alert, Anchor, Button, Stack, Text, TextInput } from "@mantine/core";
import {
  type UseMutationResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { accountDeeds, twoFactorQuery } from "../../api/account.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { CommandLine } from "../../parts/command-line.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { Loading } from "../../shell/loading.tsx";

const QrCode = lazy(async () => ({ default: (await import("./qr-code.tsx")).QrCode }));
const KEY = twoFactorQuery.queryKey;

/** A code beside the password: turning it on shows the secret and the recovery codes this once. */
export function TwoFactorSection() {
  const { account: texts } = useMessages();
  const { data: state } = useQuery({ ...twoFactorQuery, throwOnError: true });
  const client = useQueryClient();
  // Whoever owed it may do everything else from then on.
  const confirmation = useMutation({
    mutationFn: accountDeeds.confirmTwoFactor,
    onSuccess: () => client.invalidateQueries(),
  });
  if (state === undefined) return null;
  const codes = confirmation.data?.recoveryCodes;
  return (
    <Section title={texts.twoFactor}>
      <Stack>
        <Text>{state.isOn ? texts.isOn : texts.isOff}</Text>
        {codes === undefined ? null : (
          <Alert color="green" role="status" title={texts.recovery}>
            <CommandLine text={codes.join("\n")} label={texts.codes} />
          </Alert>
        )}
        {state.isOn ? (
          <TurnOff left={state.recoveryCodesLeft} />
        ) : (
          <TurnOn confirmation={confirmation} />
        )}
      </Stack>
    </Section>
  );
}

type Confirmation = UseMutationResult<
  Awaited<ReturnType<typeof accountDeeds.confirmTwoFactor>>,
  Error,
  string
>;

function TurnOn({ confirmation }: { readonly confirmation: Confirmation }) {
  const { account: texts } = useMessages();
  const beginning = useDeed(accountDeeds.beginTwoFactor, KEY);
  if (beginning.data === undefined)
    return (
      <>
        <Button
          w="fit-content"
          loading={beginning.isPending}
          onClick={() => beginning.mutate(undefined)}
        >
          {texts.begin}
        </Button>
        <ProblemText error={beginning.error} />
      </>
    );
  const { secret, uri } = beginning.data;
  return (
    <>
      <Text>{texts.scan}</Text>
      <Suspense fallback={<Loading />}>
        <QrCode text={uri} label={texts.picture} />
      </Suspense>
      <CommandLine text={secret} label={texts.secret} />
      <Anchor href={uri}>{texts.openApp}</Anchor>
      <SmallForm
        label={texts.confirm}
        submit={texts.confirm}
        deed={confirmation}
        onSubmit={(typed) => confirmation.mutate(typed("code").trim())}
      >
        <TextInput name="code" label={texts.code} autoComplete="one-time-code" required />
      </SmallForm>
    </>
  );
}

function TurnOff({ left }: { readonly left: number }) {
  const { account: texts } = useMessages();
  const end = useDeed(accountDeeds.disableTwoFactor, KEY);
  return (
    <>
      <Text>{texts.codesLeft(String(left))}</Text>
      <SmallForm
        label={texts.turnOff}
        submit={texts.turnOff}
        deed={end}
        onSubmit={(typed) => end.mutate(typed("code").trim())}
      >
        <TextInput name="code" label={texts.code} autoComplete="one-time-code" required />
      </SmallForm>
    </>
  );
}
