import { Badge, Button, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Scope, type TagRules, tagRulesQuery } from "../../api/retention.ts";
import type { Messages } from "../../messages/en.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import { RULE_KINDS, type RuleKind } from "./tag-rule-draft.ts";
import { TagRulesEditor } from "./tag-rules-editor.tsx";

/** What holds for tags here, and which level says so. */
export function TagRulesSection({ scope }: { readonly scope: Scope }) {
  const messages = useMessages();
  const { policies: texts, tagRules } = messages;
  const [isEditing, setEditing] = useState(false);
  const { data: rules, error } = useQuery(tagRulesQuery(scope));
  return (
    <Section title={texts.rules}>
      <ProblemText error={error} />
      {rules === undefined ? null : (
        <DataTable label={texts.rules} columns={[texts.rule, texts.says, texts.source]}>
          {RULE_KINDS.map((kind) => (
            <Table.Tr key={kind}>
              <Table.Td>{texts.kinds[kind]}</Table.Td>
              <Table.Td className="name">{describe(kind, rules, messages)}</Table.Td>
              <Table.Td className="name">
                {rules[kind].from?.name ?? texts.nobody}{" "}
                {rules[kind].from?.locked ? <Badge color="gray.8">{texts.locked}</Badge> : null}
              </Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
      {rules === undefined || isEditing ? null : (
        <Button size="xs" variant="default" mt="xs" onClick={() => setEditing(true)}>
          {tagRules.edit}
        </Button>
      )}
      {rules !== undefined && isEditing ? (
        <TagRulesEditor {...{ scope, rules }} onDone={() => setEditing(false)} />
      ) : null}
    </Section>
  );
}

/** As the rules themselves are written. */
function describe(kind: RuleKind, rules: TagRules, { policies }: Messages): string {
  const { format, immutable, assembled, aliases } = rules;
  const own = {
    format: format.allow.join(", ") || policies.any,
    immutable: immutable.enabled ? immutable.patterns.join(", ") || policies.all : policies.off,
    protected: rules.protected.lines.map(({ tags }) => tags).join(", ") || policies.off,
    aliases:
      (["minor", "major", "latest"] as const).filter((each) => aliases[each]).join(", ") ||
      policies.off,
    assembled: assembled.suffixes.join(", ") || policies.off,
  };
  return own[kind];
}
