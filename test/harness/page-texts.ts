import { en, type Messages } from "../../web/src/messages/en.ts";
import { zh } from "../../web/src/messages/zh.ts";

/** What pages say, by the keys of their catalogues: tests in both languages find controls by it. */
export const PAGE_TEXTS: Readonly<Record<"en" | "zh", Messages>> = { en, zh };
