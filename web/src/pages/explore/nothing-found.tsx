import { Text, Title } from "@mantine/core";
import { useHub } from "../../api/hub.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { FirstPush } from "./first-push.tsx";

/** An empty hub says how to fill it; a search without a result says how it searched. */
export function NothingFound(props: { readonly q: string; readonly isFiltered: boolean }) {
  const { q, isFiltered } = props;
  const { explore, firstPush, signIn } = useMessages();
  const { account, mode } = useHub();
  if (isFiltered)
    return (
      <>
        <Title order={2} size="h3">
          {explore.noneSuch}
        </Title>
        <Text>{explore.noneSuchHint}</Text>
      </>
    );
  if (q !== "")
    return (
      <>
        <Title order={2} size="h3" className="name">
          {explore.none(q)}
        </Title>
        <Text>{explore.noneHint}</Text>
      </>
    );
  if (account === undefined && mode === "accounts") return <Text>{firstPush.signedOut}</Text>;
  if (mode === "htpasswd") return <Text>{signIn.htpasswd}</Text>;
  return <FirstPush account={account?.name} />;
}
