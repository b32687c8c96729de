export const ADVICE_RULES = {
  "deleted-above": {
    title: "Files are deleted in a later layer",
    why: "A layer keeps what it has: whoever pulls the image still gets the files, and nobody sees them.",
    how: "Delete them in the step that made them, or make them in an earlier stage.",
  },
  "replaced-above": {
    title: "Files are replaced in a later layer",
    why: "The image holds both, and only the last can be seen.",
    how: "Write them once: copy the final files, or do both steps in one RUN.",
  },
  "metadata-copy": {
    title: "Files are stored again for their mode, owner or time alone",
    why: "A change of metadata copies the whole file into the new layer.",
    how: "Use COPY --chmod and --chown, or do it in the step that made the files.",
  },
  "duplicate-files": {
    title: "The same content lies under several names",
    why: "Each copy is stored and pulled; compression does not see across them.",
    how: "Keep one, and make links of the others.",
  },
  "package-cache": {
    title: "The cache of a package manager is in the image",
    why: "Nothing needs it once the packages are installed.",
    how: "Remove it in the same step, or keep it out by RUN --mount=type=cache.",
  },
  "build-tools": {
    title: "Compilers and other tools of the build are in the image",
    why: "They are large, need updates, and help whoever breaks in.",
    how: "Build in a stage of its own and copy what comes out of it.",
  },
  "repository-copied": {
    title: "The history of a Git repository is in the image",
    why: "It holds all that was ever in the source, deleted secrets included.",
    how: "Name .git in .dockerignore.",
  },
} as const satisfies Readonly<Record<string, { title: string; why: string; how: string }>>;

export type AdviceId = keyof typeof ADVICE_RULES;
