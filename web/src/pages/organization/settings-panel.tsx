import { Button, Group, Stack, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  deedsOf,
  type OrganizationView,
  organizationDeeds,
  twoFactorDutyQuery,
} from "../../api/organizations.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DeedProblem } from "../../parts/deed-problem.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { PublicImagesSection } from "./public-images-section.tsx";

const VISIBILITIES = ["private", "public"] as const;

export function SettingsPanel({ organization }: { readonly organization: OrganizationView }) {
  const { organizations: texts } = useMessages();
  const { name } = organization;
  const navigate = useNavigate();
  const duty = useQuery({ ...twoFactorDutyQuery(name), throwOnError: true });
  const asking = useDeed(deedsOf(name).askForTwoFactor, ["organization", name]);
  const visibility = useDeed(deedsOf(name).setDefaultVisibility, ["organization", name]);
  const removal = useDeed(organizationDeeds.remove, ["organizations"]);
  const remove = () => removal.mutate(name, { onSuccess: () => void navigate({ to: "/o" }) });
  const without = duty.data?.without ?? [];
  return (
    <Stack>
      <Section title={texts.twoFactor}>
        <Switch
          label={texts.twoFactor}
          checked={duty.data?.required ?? false}
          onChange={({ currentTarget }) => asking.mutate(currentTarget.checked)}
        />
        {without.length === 0 ? null : (
          <Text size="sm" className="name">
            {texts.without(without.join(", "))}
          </Text>
        )}
        <DeedProblem
          deed={asking}
          again={() => asking.variables !== undefined && asking.mutate(asking.variables)}
        />
      </Section>
      <Section title={texts.visibility}>
        <Group>
          {VISIBILITIES.map((one) => (
            <Button
              key={one}
              variant={visibility.isSuccess && visibility.variables === one ? "filled" : "default"}
              loading={visibility.isPending && visibility.variables === one}
              onClick={() => visibility.mutate(one)}
            >
              {texts.visibilities[one]}
            </Button>
          ))}
        </Group>
        <ProblemText error={visibility.error} />
      </Section>
      <PublicImagesSection organization={name} />
      {organization.isOwner ? (
        <Section title={texts.delete}>
          <ConfirmButton
            text={texts.delete}
            label={`${texts.delete}: ${name}`}
            explain={texts.deleteExplain}
            loading={removal.isPending}
            onConfirm={remove}
          />
          <DeedProblem deed={removal} again={remove} />
        </Section>
      ) : null}
    </Stack>
  );
}
