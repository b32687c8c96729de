import { Anchor, Table, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Component, packagesQuery } from "../../api/scans.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Loading } from "../../shell/loading.tsx";

const SHOWN = 500;

/** What is in the image, as its bill of materials says. */
export function PackagesPanel(props: { readonly repository: string; readonly reference: string }) {
  const { scanning: texts } = useMessages();
  const [typed, setTyped] = useState("");
  const found = useQuery(packagesQuery(props.repository, props.reference));
  if (found.isPending) return <Loading />;
  if (found.isError) return <ProblemText error={found.error} />;
  const all = found.data.components ?? [];
  const wanted = typed.trim().toLowerCase();
  const fitting = all.filter(({ name, version = "" }) =>
    `${name} ${version}`.toLowerCase().includes(wanted),
  );
  const shown = fitting.slice(0, SHOWN);
  return (
    <>
      <TextInput
        type="search"
        aria-label={texts.filterPackages}
        placeholder={texts.filterPackages}
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      <Text size="sm" role="status">
        {texts.shown(String(shown.length), String(all.length))}
      </Text>
      <DataTable label={texts.packages} columns={[texts.package, texts.version, texts.licence]}>
        {shown.map((component, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bill may name a package twice, and its lines never move
          <PackageRow key={index} component={component} />
        ))}
      </DataTable>
    </>
  );
}

function PackageRow({ component }: { readonly component: Component }) {
  const { name, version, purl, licenses = [] } = component;
  const named = licenses.map(
    ({ expression, license }) => expression ?? license?.id ?? license?.name ?? "",
  );
  return (
    <Table.Tr>
      <Table.Td className="name">
        <Anchor renderRoot={(rest) => <Link to="/search" search={{ package: name }} {...rest} />}>
          {name}
        </Anchor>
        <Text size="xs" c="dimmed" className="name">
          {purl}
        </Text>
      </Table.Td>
      <Table.Td className="name">{version}</Table.Td>
      <Table.Td className="name">{named.join(", ")}</Table.Td>
    </Table.Tr>
  );
}
