import { Button, Group, Stack } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { ProblemText } from "./problem-text.tsx";

/** What was typed into the field of that name. */
export type Typed = (field: string) => string;

interface FormProps {
  /** Of the form, for those who cannot see where it begins. */
  readonly label: string;
  readonly submit: string;
  readonly deed: { readonly isPending: boolean; readonly error: Error | null };
  /** `done` empties the fields. */
  readonly onSubmit: (typed: Typed, done: () => void) => void;
  readonly children: ReactNode;
  readonly stacked?: boolean;
}

/** Some fields and the button that sends them; they keep what is typed themselves. */
export function SmallForm(props: FormProps) {
  const { label, submit, deed, onSubmit, children, stacked = false } = props;
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    onSubmit(
      (field) => String(fields.get(field) ?? ""),
      () => form.reset(),
    );
  };
  const Fields = stacked ? Stack : Group;
  return (
    <form aria-label={label} onSubmit={send}>
      <Fields align={stacked ? "stretch" : "end"} gap="sm">
        {children}
        <Button type="submit" loading={deed.isPending}>
          {submit}
        </Button>
      </Fields>
      <ProblemText error={deed.error} />
    </form>
  );
}
