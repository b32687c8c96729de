import type { z } from "zod";
import { PROBLEMS } from "../contract/problems.ts";
import type { HookEvent, webhookPreviewed } from "../contract/webhooks.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Surroundings } from "./events/happening.ts";
import { sampleOf } from "./events/samples.ts";
import { newCallbackId, wordFor } from "./fan-out.ts";
import { saysOf } from "./formats/formats.ts";
import { findTemplateFault } from "./formats/template.ts";
import type { Webhook } from "./tables.ts";

export interface PreviewDeps extends Pick<Surroundings, "baseUrl" | "source"> {
  readonly clock: () => Date;
}

interface PreviewWish {
  readonly hook: Pick<Webhook, "format" | "template">;
  readonly event: HookEvent;
  readonly repository: string;
  readonly tag: string;
  readonly actor: string;
}

/** What a hook would send of a sample, worded as the real thing is; nothing is sent. Throws WEBHOOK_UNFIT. */
export function preview(
  { baseUrl, source, clock }: PreviewDeps,
  wish: PreviewWish,
): z.output<typeof webhookPreviewed> {
  const { hook, event } = wish;
  const fault = hook.template === undefined ? undefined : findTemplateFault(hook.template);
  if (fault !== undefined) throw new ProblemError(PROBLEMS.WEBHOOK_UNFIT, { detail: fault });
  const at = clock();
  const empty = { description: "", fullDescription: "" };
  const repository = { isPublic: false, isOfficial: false, ...empty, createdAt: at };
  const around = { repository, baseUrl, source, newCallbackId };
  const messages = wordFor(hook, sampleOf({ ...wish, at }), around);
  const notes: string[] = [];
  if (!saysOf(hook.format, event))
    notes.push(`the format ${hook.format} has no words for ${event}`);
  if (baseUrl === "" && hook.format === "hub")
    notes.push("callback_url is left out: the hub was not told its own address (url)");
  return { messages: messages.map(({ contentType, body }) => ({ contentType, body })), notes };
}
