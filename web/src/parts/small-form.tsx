import { Button, Group, Stack } from "@mantine/core";
import { type FormEvent, type ReactNode, useEffect, useRef } from "react";
import { ConfirmIdentity, isConfirmationWanted } from "./confirm-identity.tsx";
import { ProblemText } from "./problem-text.tsx";

/** What was typed into the field of that name. */
export type Typed = (field: string) => string;

interface FormProps {
  /** Of the form, for those who cannot see where it begins. */
  readonly label: string;
  readonly submit: string;
  /** Where the hub wants a fresh proof of who asks, it is asked for, and the form is sent again. */
  readonly deed: {
    readonly isPending: boolean;
    readonly error: Error | null;
    readonly reset?: () => void;
  };
  /** `done` empties the fields, unless somebody has gone on to write the next one meanwhile. */
  readonly onSubmit: (typed: Typed, done: () => void) => void;
  readonly children: ReactNode;
  readonly stacked?: boolean;
  /** What it does cannot be taken back. */
  readonly isFinal?: boolean;
  /** When it changes, by the browser's Back button for one, the fields show again what they begin with. */
  readonly follows?: string;
}

/** Some fields and the button that sends them; they keep what is typed themselves. */
export function SmallForm(props: FormProps) {
  const { label, submit, deed, onSubmit, children, stacked = false, isFinal = false } = props;
  const { follows } = props;
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    onSubmit(
      (field) => String(fields.get(field) ?? ""),
      () => {
        if (isSame(fields, new FormData(form))) form.reset();
      },
    );
  };
  const here = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (follows !== undefined) here.current?.reset();
  }, [follows]);
  const isAsked = isConfirmationWanted(deed.error);
  const Fields = stacked ? Stack : Group;
  return (
    <>
      <form ref={here} aria-label={label} onSubmit={send}>
        <Fields align={stacked ? "stretch" : "end"} gap="sm">
          {children}
          <Button
            type="submit"
            {...(isFinal && { color: "red.9" })}
            loading={deed.isPending}
            style={stacked ? { alignSelf: "start" } : {}}
          >
            {submit}
          </Button>
        </Fields>
        <ProblemText error={isAsked ? null : deed.error} />
      </form>
      <ConfirmIdentity
        error={deed.error}
        onConfirmed={() => here.current?.requestSubmit()}
        onCancel={() => deed.reset?.()}
      />
    </>
  );
}

function isSame(before: FormData, now: FormData): boolean {
  const [left, right] = [[...before], [...now]];
  return (
    left.length === right.length &&
    left.every((entry, at) => String(entry.map(textOf)) === String(right[at]?.map(textOf)))
  );
}

/** A field without a file has another empty one each time it is asked. */
function textOf(value: FormDataEntryValue): string {
  return typeof value === "string" ? value : value.name;
}
