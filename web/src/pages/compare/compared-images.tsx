import { NativeSelect, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ImageView, imageQuery } from "../../api/images.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Loading } from "../../shell/loading.tsx";
import { FileDifferences } from "./file-differences.tsx";
import { ImageDifferences } from "./image-differences.tsx";
import { ScanDifferences } from "./scan-differences.tsx";

interface Compared {
  readonly repository: string;
  readonly from: string;
  readonly to: string;
}

/** Of tags that name several images those of one platform: what is compared has to have a configuration. */
export function ComparedImages({
  platform,
  onPlatform,
  ...compared
}: Compared & {
  readonly platform: string | undefined;
  readonly onPlatform: (platform: string) => void;
}) {
  const { compare: texts } = useMessages();
  const { repository } = compared;
  const before = useQuery(imageQuery(repository, compared.from));
  const after = useQuery(imageQuery(repository, compared.to));
  if (before.isPending || after.isPending) return <Loading />;
  if (before.data === undefined || after.data === undefined)
    return <ProblemText error={before.error ?? after.error} />;
  const shared = platformsOf(before.data, after.data);
  const chosen = shared.find((one) => one === platform) ?? shared[0];
  const from = digestOf(before.data, chosen);
  const to = digestOf(after.data, chosen);
  if (from === undefined || to === undefined) return <Text mt="md">{texts.noPlatform}</Text>;
  return (
    <Stack mt="md">
      {shared.length > 1 ? (
        <NativeSelect
          label={texts.platform}
          data={[...shared]}
          value={chosen}
          onChange={(event) => onPlatform(event.currentTarget.value)}
        />
      ) : null}
      <ScanDifferences {...{ repository, from, to }} />
      <FileDifferences {...{ repository, from, to }} />
      <ImageDifferences {...{ repository, from, to }} />
    </Stack>
  );
}

function platformsOf(before: ImageView, after: ImageView): readonly string[] {
  const others = new Set(after.platforms.map(({ platform }) => platform));
  return before.platforms.flatMap(({ platform }) => (others.has(platform) ? [platform] : []));
}

/** An image itself is compared whatever it runs on. */
function digestOf(view: ImageView, platform: string | undefined): string | undefined {
  if (view.image !== undefined) return view.digest;
  return view.platforms.find((one) => one.platform === platform)?.digest;
}
