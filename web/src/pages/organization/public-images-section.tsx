import { Checkbox, Stack, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { deedsOf, type PublicImages, publicImagesQuery } from "../../api/organizations.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DeedProblem } from "../../parts/deed-problem.tsx";
import { Section } from "../../parts/section.tsx";

type Wish = PublicImages["restricted_images"];

/** Which public images the members may pull beside those they have rights to. */
export function PublicImagesSection({ organization }: { readonly organization: string }) {
  const { organizations: texts } = useMessages();
  const { data: rule } = useQuery({ ...publicImagesQuery(organization), throwOnError: true });
  const change = useDeed(deedsOf(organization).limitPublicImages, ["organization", organization]);
  const [wish, setWish] = useState<Wish>();
  if (rule === undefined) return null;
  // What was just wished for counts, or two quick clicks would undo each other.
  const now = wish ?? rule.restricted_images;
  const { enabled, allow_official_images: isOfficial, allow_verified_publishers: isVerified } = now;
  const send = (next: Wish) => change.mutate(next, { onSettled: () => setWish(undefined) });
  const set = (part: Partial<Wish>) => {
    const next = { ...now, ...part };
    setWish(next);
    send(next);
  };
  return (
    <Section title={texts.publicImages}>
      <Stack gap="xs">
        <Switch
          label={texts.limitImages}
          checked={enabled}
          onChange={({ currentTarget }) => set({ enabled: currentTarget.checked })}
        />
        {enabled ? (
          <>
            <Text size="sm">{texts.allowedBeside}</Text>
            <Checkbox
              label={texts.allowOfficial}
              checked={isOfficial}
              onChange={({ currentTarget }) =>
                set({ allow_official_images: currentTarget.checked })
              }
            />
            <Checkbox
              label={texts.allowVerified}
              checked={isVerified}
              onChange={({ currentTarget }) =>
                set({ allow_verified_publishers: currentTarget.checked })
              }
            />
          </>
        ) : null}
      </Stack>
      <DeedProblem deed={change} again={() => change.variables && send(change.variables)} />
    </Section>
  );
}
