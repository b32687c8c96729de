import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMessages } from "../messages/use-messages.ts";
import { repositoryPath, shortName } from "./repository-path.ts";

/** From a page about a repository, a namespace or, without a name, the hub: to what it is about. */
export function WayBack({ place }: { readonly place: string }) {
  const { admin, organizations } = useMessages();
  if (place === "")
    return <Anchor renderRoot={(rest) => <Link to="/admin" {...rest} />}>{admin.title}</Anchor>;
  if (!place.includes("/"))
    return <Anchor renderRoot={(rest) => <Link to="/o" {...rest} />}>{organizations.title}</Anchor>;
  return (
    <Anchor component={Link} to={repositoryPath(place)} className="name">
      {shortName(place)}
    </Anchor>
  );
}
