import type { FetchQueryOptions, QueryKey } from "@tanstack/react-query";
import { notFound, redirect } from "@tanstack/react-router";
import { HubError } from "./api/hub-error.ts";
import { queryClient } from "./api/query-client.ts";

const UNAUTHORIZED = 401;
const NOT_FOUND = 404;
/** They may do nothing but get one, which they do in the page of their account. */
const SECOND_FACTOR_OWED = "urn:berth:problem:TWO_FACTOR_OWED";

/** Reads what a page cannot be shown without: whoever has to log in for it is sent to the login, and comes back. */
export async function load<Data, Key extends QueryKey>(
  query: FetchQueryOptions<Data, Error, Data, Key>,
  { href }: { readonly href: string },
): Promise<Data> {
  try {
    return await queryClient.fetchQuery(query);
  } catch (cause) {
    if (cause instanceof HubError && cause.status === UNAUTHORIZED)
      throw redirect({ to: "/sign-in", search: { next: href } });
    if (cause instanceof HubError && cause.type === SECOND_FACTOR_OWED)
      throw redirect({ to: "/account" });
    if (cause instanceof HubError && cause.status === NOT_FOUND) throw notFound();
    throw cause;
  }
}
