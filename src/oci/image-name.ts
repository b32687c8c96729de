/** What people type for an image: `hub.example.com:5000/acme/api:1.2`, `acme/api@sha256:...`. */
export interface ImageName {
  /** Absent where the first part is no host, as docker tells them apart: by a dot, a colon, or the word localhost. */
  readonly host?: string;
  readonly repository: string;
  /** A tag or a digest; "latest" where none is typed. */
  readonly reference: string;
}

/** Takes a name apart without judging whether it is allowed. */
export function splitImageName(text: string): ImageName {
  const [first = "", ...rest] = text.split("/");
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const path = hasHost ? rest.join("/") : text;
  const at = path.indexOf("@");
  const colon = path.lastIndexOf(":");
  const end = at >= 0 ? at : colon > path.lastIndexOf("/") ? colon : path.length;
  // Beside a digest a tag says nothing.
  const repository = at >= 0 ? path.slice(0, end).replace(/:[^/:]*$/, "") : path.slice(0, end);
  const reference = path.slice(end + 1) || "latest";
  return { ...(hasHost ? { host: first } : {}), repository, reference };
}
