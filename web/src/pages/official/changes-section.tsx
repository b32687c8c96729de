import { Button, Code, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { contextDiffQuery, type Submission } from "../../api/official.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";
import classes from "./changes-section.module.css";

/** The files that it is built of beside those of what is published; they are fetched from their servers for it. */
export function ChangesSection({ submission }: { readonly submission: Submission }) {
  const { official: texts } = useMessages();
  const [isWanted, setIsWanted] = useState(false);
  const found = useQuery({ ...contextDiffQuery(submission.id), enabled: isWanted });
  return (
    <Section title={texts.changes}>
      {isWanted && !found.isPending ? null : (
        <Button variant="default" loading={isWanted} onClick={() => setIsWanted(true)}>
          {texts.showChanges}
        </Button>
      )}
      <ProblemText error={found.error} />
      {found.data === undefined ? null : <Changes {...found.data} />}
    </Section>
  );
}

function Changes({
  against,
  text,
}: {
  readonly against?: number | undefined;
  readonly text: string;
}) {
  const { official: texts } = useMessages();
  if (text === "") return <Text>{texts.noChanges}</Text>;
  return (
    <>
      <Text mb="sm">
        {against === undefined ? texts.newFiles : `${texts.submission} ${against}`}
      </Text>
      <Code block tabIndex={0} role="region" aria-label={texts.changes}>
        {linesOf(text).map(({ number, line }) => (
          <span key={number} className={classNameOf(line)}>
            {`${line}\n`}
          </span>
        ))}
      </Code>
    </>
  );
}

function linesOf(text: string): readonly { readonly number: number; readonly line: string }[] {
  return text.split("\n").map((line, number) => ({ number, line }));
}

function classNameOf(line: string): string | undefined {
  if (line.startsWith("+")) return classes.added;
  return line.startsWith("-") ? classes.removed : undefined;
}
