import { type ApiCase, NOBODY, SIGNED_IN } from "./roles.ts";

/** A sample is nobody's secret; a hook that is there is its owners'. */
export const PREVIEW_CASES: Readonly<Record<string, ApiCase>> = {
  "POST /api/v1/webhooks/preview": { body: { format: "hub" }, expected: SIGNED_IN },
  "POST /api/v1/webhooks/{id}/preview": {
    body: {},
    expected: { ...NOBODY, administrator: "yes" },
  },
};
