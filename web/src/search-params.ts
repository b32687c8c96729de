/** Every parameter is a text: a tag called 1 is no number. */
export function parseSearch(text: string): Record<string, unknown> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function printSearch(search: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search))
    if (typeof value === "string" && value !== "") query.set(name, value);
  return query.size === 0 ? "" : `?${query}`;
}

/** What stands in the address is typed by anybody: what does not fit counts as left out. */
export function textParam(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function choiceParam<Choice extends string>(
  value: unknown,
  choices: readonly Choice[],
): Choice | undefined {
  return choices.find((choice) => choice === value);
}

/** Which entries of an audit trail are shown. */
export function auditParams(search: Readonly<Record<string, unknown>>) {
  const { action, actor, about, since, until } = search;
  return {
    ...{ action: textParam(action), actor: textParam(actor), about: textParam(about) },
    ...{ since: textParam(since), until: textParam(until) },
  };
}

/** Only keys with a value, so that addresses stay short. */
export function params<Search extends object>(
  search: Search,
): { [Key in keyof Search]?: NonNullable<Search[Key]> } {
  const kept = Object.entries(search).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [Key in keyof Search]?: NonNullable<Search[Key]> };
}

/** A page of this hub to go on to after a login; never another site. */
export function ownPath(value: unknown): string | undefined {
  const text = textParam(value);
  return text !== undefined && /^\/(?![/\\])/.test(text) ? text : undefined;
}
