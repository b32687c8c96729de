import { problem } from "../../contract/problem.ts";

/** The hub does not know the token, or has given the build to another: trying again changes nothing. */
export class HubSaysNo extends Error {
  override readonly name = "HubSaysNo";
}

const UNKNOWN_TOKEN =
  "the hub does not know this token: give the one that `berth build agents add` showed, by $BERTH_AGENT_TOKEN; " +
  "if the agent was removed (see `berth build agents list`), add it again for a new one";

/** What an answer other than a success means, and what to do about it. */
export function describeRefusal(status: number, body: string): Error {
  const said = problem.safeParse(parse(body));
  if (!said.success) {
    const message = `the answer was ${status}, but not as a Berth hub gives it: check the address of --hub, and proxies on the way`;
    return mayPass(status) ? new Error(message) : new HubSaysNo(message);
  }
  if (status === 401) return new HubSaysNo(UNKNOWN_TOKEN);
  const message = `the hub answered ${status}: ${said.data.detail ?? said.data.title}`;
  return mayPass(status) ? new Error(message) : new HubSaysNo(message);
}

function mayPass(status: number): boolean {
  return status >= 500 || status === 429;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // It is not of a hub, which the caller says.
    return undefined;
  }
}
