/** What the page's policy lets styles carry that are made by script. Browsers hide it from selectors, not from scripts. */
export const styleNonce =
  document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
