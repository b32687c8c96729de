import { z } from "zod";

/** Of a refusal by the registry's token service, for clients that can ask for a code. */
export const secondFactorDetail = z.object({ secondFactor: z.enum(["missing", "wrong", "owed"]) });
