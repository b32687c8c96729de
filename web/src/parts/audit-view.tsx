import { Badge, Code, Stack, Table, Text, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type AuditEntry, type AuditFilter, auditQuery } from "../api/audit.ts";
import { useMessages } from "../messages/use-messages.ts";
import { DataTable } from "./data-table.tsx";
import { ShowMore } from "./show-more.tsx";
import { SmallForm } from "./small-form.tsx";
import { TimeAgo } from "./time-ago.tsx";

interface AuditProps {
  /** Whose; everybody's without. */
  readonly account?: string | undefined;
  readonly filter: AuditFilter;
  readonly onFilter: (filter: AuditFilter) => void;
}

/** Who did what, newest first. */
export function AuditView({ account, filter, onFilter }: AuditProps) {
  const { audit: texts, common } = useMessages();
  const found = useInfiniteQuery(auditQuery(account, filter));
  const entries = found.data?.pages.flatMap(({ items }) => items) ?? [];
  const fields = ["action", "actor", "about"] as const;
  const days = ["since", "until"] as const;
  return (
    <Stack>
      <SmallForm
        label={common.filter}
        submit={common.filter}
        // Whoever asks for something else does not wait for what is shown.
        deed={{ isPending: false, error: found.error }}
        follows={JSON.stringify([...fields, ...days].map((key) => filter[key]))}
        onSubmit={(typed) =>
          onFilter(Object.fromEntries([...fields, ...days].map((key) => [key, typed(key).trim()])))
        }
      >
        {fields.map((key) => (
          <TextInput
            key={key}
            name={key}
            label={texts[key]}
            placeholder={key === "action" ? texts.actionHint : ""}
            defaultValue={filter[key] ?? ""}
          />
        ))}
        {days.map((key) => (
          <TextInput
            key={key}
            name={key}
            type="date"
            label={texts[key]}
            defaultValue={filter[key] ?? ""}
          />
        ))}
      </SmallForm>
      {found.isSuccess && entries.length === 0 ? <Text>{texts.none}</Text> : null}
      <DataTable
        label={texts.title}
        columns={[
          common.when,
          ...[texts.action, texts.about, texts.actor, texts.address, texts.change],
        ]}
      >
        {entries.map((entry) => (
          <EntryRow key={entry.seq} entry={entry} />
        ))}
      </DataTable>
      <ShowMore pages={found} />
    </Stack>
  );
}

function EntryRow({ entry }: { readonly entry: AuditEntry }) {
  const { audit: texts } = useMessages();
  const { at, action, name, actor, address, outcome, before, after } = entry;
  return (
    <Table.Tr>
      <Table.Td>
        <TimeAgo at={new Date(at).toISOString()} />
      </Table.Td>
      <Table.Td className="name">
        {action}{" "}
        {outcome === "refused" ? <Badge color="red.9">{texts.outcome.refused}</Badge> : null}
      </Table.Td>
      <Table.Td className="name">{name}</Table.Td>
      <Table.Td className="name">{actor}</Table.Td>
      <Table.Td className="name">{address}</Table.Td>
      <Table.Td>
        {[before, after].map((state, place) =>
          state === null ? null : (
            <Code key={place === 0 ? "before" : "after"} className="name">
              {place === 0 ? "− " : "+ "}
              {state}
            </Code>
          ),
        )}
      </Table.Td>
    </Table.Tr>
  );
}
