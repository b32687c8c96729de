import type { User } from "./client.ts";

/** What docker asks for before it pushes: a token of the registry for one repository. */
export async function tokenFor(url: string, user: User, repository: string): Promise<string> {
  const query = new URLSearchParams({ scope: `repository:${repository}:pull,push` });
  const authorization = `Basic ${btoa(`${user.name}:${user.password}`)}`;
  const response = await fetch(`${url}/token?${query}`, { headers: { authorization } });
  const { token } = (await response.json()) as { token: string };
  return token;
}
