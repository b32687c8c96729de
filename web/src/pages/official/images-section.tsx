import { Anchor, Badge, Select, Table, Text, TextInput } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  OFFICIAL_KEY,
  type OfficialImage,
  officialDeeds,
  officialImagesQuery,
} from "../../api/official.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

const STATUSES = ["maintained", "deprecated", "retired"] as const;
const LONGEST_REASON = 1000;

/** What everybody may know of the images that the hub vouches for, or did. */
export function ImagesSection({ mayChange }: { readonly mayChange: boolean }) {
  const { official: texts } = useMessages();
  const { data } = useSuspenseQuery(officialImagesQuery);
  if (data.items.length === 0)
    return (
      <Section title={texts.images}>
        <Text>{texts.noImages}</Text>
      </Section>
    );
  return (
    <Section title={texts.images}>
      <DataTable
        label={texts.images}
        columns={[texts.image, texts.tags, texts.published, texts.flags]}
      >
        {data.items.map((image) => (
          <ImageRow key={image.name} image={image} />
        ))}
      </DataTable>
      {mayChange ? <StatusForm images={data.items} /> : null}
    </Section>
  );
}

function ImageRow({ image }: { readonly image: OfficialImage }) {
  const { official: texts } = useMessages();
  const { name, badge, reason, tags, flags, publishedAt } = image;
  return (
    <Table.Tr>
      <Table.Td className="name">
        <Anchor renderRoot={(props) => <Link to="/_/$" params={{ _splat: name }} {...props} />}>
          {name}
        </Anchor>{" "}
        <Badge color={badge === "official" ? "blue.9" : "orange.9"}>{texts.badges[badge]}</Badge>
        {reason === "" ? null : <Text size="sm">{reason}</Text>}
      </Table.Td>
      <Table.Td className="name">{tags.join(", ")}</Table.Td>
      <Table.Td>
        <TimeAgo at={publishedAt} />
      </Table.Td>
      <Table.Td className="name">{flags.join("; ")}</Table.Td>
    </Table.Tr>
  );
}

function StatusForm({ images }: { readonly images: readonly OfficialImage[] }) {
  const { official: texts, common } = useMessages();
  const change = useDeed(officialDeeds.setStatus, OFFICIAL_KEY);
  return (
    <SmallForm
      label={texts.setStatus}
      submit={common.save}
      deed={change}
      onSubmit={(typed, onSuccess) =>
        change.mutate(
          {
            ...{ name: typed("name"), reason: typed("reason").trim() },
            status: typed("status") as (typeof STATUSES)[number],
          },
          { onSuccess },
        )
      }
    >
      <Select
        name="name"
        label={texts.image}
        data={images.map(({ name }) => name)}
        defaultValue={images[0]?.name ?? null}
        allowDeselect={false}
      />
      <Select
        name="status"
        label={texts.setStatus}
        data={STATUSES.map((value) => ({ value, label: texts.statuses[value] }))}
        defaultValue="deprecated"
        allowDeselect={false}
      />
      <TextInput name="reason" label={texts.reason} maxLength={LONGEST_REASON} />
    </SmallForm>
  );
}
