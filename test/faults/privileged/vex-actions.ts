import { type Ask, findIn, type PrivilegedAction } from "./privileged-action.ts";

/** What is decided about findings, in an organization of its own. */
export function vexActions(word: string): PrivilegedAction[] {
  const name = `vx-${word}`;
  const path = `/api/v1/vex/namespaces/${name}`;
  const vulnerability = "CVE-2026-1";
  const find = async (ask: Ask) => findIn(await ask(`GET ${path}`), { vulnerability });
  return [
    {
      request: "POST /api/v1/organizations",
      body: { name },
      entry: { action: "org.create", name },
      isDone: async (ask) => (await ask(`GET /api/v1/organizations/${name}`)).status === 200,
    },
    {
      request: `POST ${path}`,
      body: { vulnerability, status: "affected", reason: "we are on it" },
      entry: { action: "vex.decision.add", name },
      isDone: async (ask) => (await find(ask)) !== undefined,
    },
    {
      request: async (ask) => `DELETE /api/v1/vex/decisions/${(await find(ask))?.id}`,
      entry: { action: "vex.decision.revoke", name },
      isDone: async (ask) => (await find(ask)) === undefined,
    },
  ];
}
