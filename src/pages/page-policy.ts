/** Where browsers report what the policy kept them from. */
export const POLICY_REPORTS_PATH = "/api/v1/policy-reports";

/**
 * What a page may load and run: the hub's own files. Styles made by script carry the nonce of the answer; no text becomes
 * script or style. See docs/decisions/0007.
 */
export function pageHeaders(nonce: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `report-uri ${POLICY_REPORTS_PATH}`,
  ];
  return {
    "Content-Security-Policy": policy.join("; "),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    Vary: "Accept",
  };
}
