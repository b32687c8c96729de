import { Anchor, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { logPath } from "../../api/builds.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { Section } from "../../parts/section.tsx";
import classes from "./build-log.module.css";
import { useBuildLog } from "./use-build-log.ts";

const NEAR_END = 40;

/** Follows the end of the log, unless somebody scrolled away from it. */
export function BuildLog({ id }: { readonly id: number }) {
  const { builds: texts } = useMessages();
  const { text, isCut, isEnded } = useBuildLog(id);
  const frame = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  // Whatever was rendered anew may have moved the end.
  useEffect(() => {
    const here = frame.current;
    if (here !== null && follows.current) here.scrollTop = here.scrollHeight;
  });
  return (
    <Section title={texts.log}>
      {isCut ? <Text size="sm">{texts.cut}</Text> : null}
      <pre
        ref={frame}
        className={classes.log}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        tabIndex={0}
        role="log"
        aria-label={texts.log}
        onScroll={({ currentTarget: here }) => {
          follows.current = here.scrollHeight - here.scrollTop - here.clientHeight < NEAR_END;
        }}
      >
        {text}
      </pre>
      {isEnded ? <Text size="sm">{texts.ended}</Text> : null}
      <Anchor size="sm" href={logPath(id)} target="_blank" rel="noopener">
        {texts.whole}
      </Anchor>
    </Section>
  );
}
