import { ALL, type ApiCase, OPERATE, PERSON } from "./roles.ts";

/** Whoever cannot log in asks some of these, so that they answer everybody alike. The matrix's hub lets nobody sign up. */
export const SIGN_UP_CASES: Readonly<Record<string, ApiCase>> = {
  "POST /api/v1/sign-up": { body: {}, expected: ALL },
  "POST /api/v1/confirmations": { body: {}, expected: ALL },
  "POST /api/v1/password-reset": { body: {}, expected: ALL },
  "POST /api/v1/password-reset/confirm": { body: {}, expected: ALL },
  "GET /sign-up": { expected: ALL },
  "GET /confirm": { expected: ALL },
  "GET /reset": { expected: ALL },
  "GET /api/v1/invitations": { expected: OPERATE },
  "POST /api/v1/invitations": { body: { email: "-" }, expected: OPERATE },
  "POST /api/v1/invitations/{id}/resend": { expected: { ...OPERATE, administrator: "403" } },
  "DELETE /api/v1/invitations/{id}": { expected: { ...OPERATE, administrator: "404" } },
  "POST /api/v1/users/{name}/password-reset": { expected: OPERATE },
  "POST /api/v1/account/email": { body: { email: "matrix@example.com" }, expected: PERSON },
};
