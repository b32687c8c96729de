import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type {
  delivery,
  newWebhook,
  webhook,
  webhookChange,
  webhookList,
} from "../../../src/contract/webhooks.ts";
import { ask, withQuery } from "./ask.ts";
import { pagesOf } from "./pages.ts";

export type Webhook = z.output<typeof webhook>;
type NewWebhook = z.input<typeof newWebhook>;

/** Of a repository, of a namespace, or of the hub where neither is named. */
export interface HookPlace {
  readonly repository?: string;
  readonly namespace?: string;
}

const PATH = "/api/v1/webhooks";
export const HOOKS_KEY = ["webhooks"];

export const FORMATS = [
  ...["json", "cloudevents", "slack", "hub", "distribution-v2", "distribution", "harbor", "quay"],
] as readonly NonNullable<NewWebhook["format"]>[];
export const EVENTS = [
  ...["push", "pull", "delete", "tag-moved", "repository", "namespace", "member", "right"],
  ...["quota-warning", "quota-exceeded", "retention-removed", "scan", "vulnerability", "build"],
] as readonly NonNullable<NewWebhook["events"]>[number][];

export function hooksQuery(place: HookPlace) {
  return queryOptions({
    queryKey: [...HOOKS_KEY, "of", place],
    queryFn: ({ signal }) =>
      ask<z.output<typeof webhookList>>(`GET ${withQuery(PATH, { ...place })}`, { signal }),
  });
}

const pathOf = (id: string): `/${string}` => `${PATH}/${encodeURIComponent(id)}`;

export const deliveriesQuery = (hook: string) =>
  pagesOf<z.output<typeof delivery>>([...HOOKS_KEY, hook], `${pathOf(hook)}/deliveries`, {
    cursor: "before",
  });

export const hookDeeds = {
  add: (body: NewWebhook) => ask<Webhook>(`POST ${PATH}`, { body }),
  change: ({ id, ...body }: z.input<typeof webhookChange> & { readonly id: string }) =>
    ask(`PATCH ${pathOf(id)}`, { body }),
  remove: (id: string) => ask(`DELETE ${pathOf(id)}`),
  ping: (id: string) => ask(`POST ${pathOf(id)}/ping`),
  redeliver: ({ hook, id }: { readonly hook: string; readonly id: number }) =>
    ask(`POST ${pathOf(hook)}/deliveries/${id}/redeliver`),
};
