import { Checkbox, Table } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { TagRow } from "../../api/tags.ts";
import { useMessages } from "../../messages/use-messages.ts";
import classes from "./tag-table.module.css";
import { TagTableRow } from "./tag-table-row.tsx";

const ROW_HEIGHT = 57;
/** Rows in the page above and below those in sight. */
const BESIDE = 4;
/** So many rows before the end the next are read. */
const BEYOND = 10;

/** Only rows in sight are in the page, however many there are; those below are read before they come into sight. */
export function TagTable(props: {
  readonly repository: string;
  readonly rows: readonly TagRow[];
  readonly chosen: ReadonlySet<string>;
  /** For those who may delete. */
  readonly onChoose?: (chosen: ReadonlySet<string>) => void;
  readonly onEnd: () => void;
}) {
  const { repository, rows, chosen, onChoose, onEnd } = props;
  const { tags: texts } = useMessages();
  const frame = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: BESIDE,
  });
  const shown = virtual.getVirtualItems();
  const first = shown[0]?.start ?? 0;
  const lastIndex = shown.at(-1)?.index ?? 0;
  const rest = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  const isAtEnd = lastIndex >= rows.length - BEYOND;
  useEffect(() => {
    if (isAtEnd) onEnd();
  }, [isAtEnd, onEnd]);
  const toggle = (name: string) => {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    onChoose?.(next);
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section ref={frame} className={classes.frame} tabIndex={0} aria-label={texts.title}>
      <Table stickyHeader aria-rowcount={rows.length} className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            {onChoose === undefined ? null : (
              <Table.Th>
                <ChooseAll {...{ rows, chosen, onChoose }} />
              </Table.Th>
            )}
            <Table.Th>{texts.tag}</Table.Th>
            <Table.Th>{texts.findings}</Table.Th>
            <Table.Th>{texts.size}</Table.Th>
            <Table.Th>{texts.platforms}</Table.Th>
            <Table.Th>{texts.updated}</Table.Th>
            <Table.Th>{texts.pulled}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {first > 0 ? <tr aria-hidden style={{ height: first }} /> : null}
          {shown.map(({ index }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <TagTableRow
                key={row.name}
                {...{ repository, row }}
                {...(onChoose && { isChosen: chosen.has(row.name), onToggle: toggle })}
              />
            );
          })}
          {rest > 0 ? <tr aria-hidden style={{ height: rest }} /> : null}
        </Table.Tbody>
      </Table>
    </section>
  );
}

/** Of those that were read: a list goes on where one scrolls to. */
function ChooseAll(props: {
  readonly rows: readonly TagRow[];
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
}) {
  const { rows, chosen, onChoose } = props;
  const { tags: texts } = useMessages();
  const isAll = rows.every(({ name }) => chosen.has(name));
  return (
    <Checkbox
      aria-label={texts.chooseAll(rows.length)}
      title={texts.chooseAll(rows.length)}
      checked={isAll}
      indeterminate={!isAll && chosen.size > 0}
      onChange={() => onChoose(new Set(isAll ? [] : rows.map(({ name }) => name)))}
    />
  );
}
