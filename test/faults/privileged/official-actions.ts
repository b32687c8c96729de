import { type Ask, holds, type PrivilegedAction, SENTENCE } from "./privileged-action.ts";

/** Who looks at the library, and whose word is verified: a person of their own. */
export function officialActions(word: string): PrivilegedAction[] {
  const name = `of-${word}`;
  const reviewers = "/api/v1/official/reviewers";
  const publishers = "/api/v1/official/publishers";
  const isReviewer = async (ask: Ask) => holds(await ask(`GET ${reviewers}`), { name });
  const isPublisher = async (ask: Ask) =>
    holds(await ask(`GET ${publishers}`), { namespace: name });
  return [
    {
      request: "POST /api/v1/users",
      body: { name, password: SENTENCE },
      entry: { action: "account.create", name },
      isDone: async (ask) => (await ask(`GET /api/v1/users/${name}`)).status === 200,
    },
    {
      request: `PUT ${reviewers}/${name}`,
      entry: { action: "official.reviewer.add", name },
      isDone: isReviewer,
    },
    {
      request: `DELETE ${reviewers}/${name}`,
      entry: { action: "official.reviewer.remove", name },
      isDone: async (ask) => !(await isReviewer(ask)),
    },
    {
      request: `PUT ${publishers}/${name}`,
      entry: { action: "official.publisher.add", name },
      isDone: isPublisher,
    },
    {
      request: `DELETE ${publishers}/${name}`,
      entry: { action: "official.publisher.remove", name },
      isDone: async (ask) => !(await isPublisher(ask)),
    },
  ];
}
