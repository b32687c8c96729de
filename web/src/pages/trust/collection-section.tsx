import { Badge, Table, Text, Title } from "@mantine/core";
import { type TrustCollection, trustDeeds } from "../../api/content-trust.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { ImageLink } from "../../parts/image-link.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

interface CollectionProps {
  readonly collection: TrustCollection;
  readonly repository: string;
  readonly mayReset: boolean;
}

/** What is signed under one name. */
export function CollectionSection({ collection, repository, mayReset }: CollectionProps) {
  const { contentTrust: texts } = useMessages();
  const { gun, isCurrentName } = collection;
  const reset = useDeed(trustDeeds.reset, ["repository", repository]);
  return (
    <Section title={gun}>
      {isCurrentName ? null : <Badge color="orange.9">{texts.former}</Badge>}
      <RoleTable collection={collection} />
      <TagTable collection={collection} repository={repository} />
      {mayReset ? (
        <ConfirmButton
          text={texts.reset}
          label={texts.resetOne(gun)}
          explain={texts.resetExplain(gun)}
          loading={reset.isPending}
          onConfirm={() => reset.mutate({ repository, gun })}
        />
      ) : null}
      <ProblemText error={reset.error} />
    </Section>
  );
}

function RoleTable({ collection }: Pick<CollectionProps, "collection">) {
  const { contentTrust: texts, common } = useMessages();
  return (
    <>
      <Title order={3} size="h5">
        {texts.roles}
      </Title>
      <DataTable
        label={texts.roles}
        columns={[texts.role, texts.version, common.expires, texts.keys]}
      >
        {collection.roles.map(({ role, version, expires, threshold, keys }) => (
          <Table.Tr key={role}>
            <Table.Td className="name">{role}</Table.Td>
            <Table.Td>{version}</Table.Td>
            <Table.Td>
              <TimeAgo at={expires} />{" "}
              {new Date(expires) < new Date() ? <Badge color="red.9">{texts.expired}</Badge> : null}
            </Table.Td>
            <Table.Td className="name">
              {texts.ofKeys(String(threshold), String(keys.length))}
              {keys.map(({ id, name }) => (
                <Text key={id} size="xs">
                  {name === null ? id : `${name} (${id})`}
                </Text>
              ))}
            </Table.Td>
          </Table.Tr>
        ))}
      </DataTable>
    </>
  );
}

function TagTable({ collection, repository }: Omit<CollectionProps, "mayReset">) {
  const { contentTrust: texts } = useMessages();
  const { tags, hasMoreTags } = collection;
  if (tags.length === 0) return <Text my="sm">{texts.noTags}</Text>;
  return (
    <>
      <Title order={3} size="h5" mt="md">
        {texts.tags}
      </Title>
      <DataTable label={texts.tags} columns={[texts.tag, texts.digest, texts.says]}>
        {tags.map(({ tag, digest, roles }) => (
          <Table.Tr key={`${tag} ${digest}`}>
            <Table.Td className="name">{tag}</Table.Td>
            <Table.Td className="name">
              {digest === null ? null : (
                <ImageLink repository={repository} reference={digest}>
                  {digest}
                </ImageLink>
              )}
            </Table.Td>
            <Table.Td className="name">{roles.join(", ")}</Table.Td>
          </Table.Tr>
        ))}
      </DataTable>
      {hasMoreTags ? <Text>{texts.more}</Text> : null}
    </>
  );
}
