/** Debian's releases by their code names, as OSV's ecosystems number them. */
const RELEASES: Readonly<Record<string, string>> = {
  woody: "3.0",
  sarge: "3.1",
  etch: "4",
  lenny: "5",
  squeeze: "6",
  wheezy: "7",
  jessie: "8",
  stretch: "9",
  buster: "10",
  bullseye: "11",
  bookworm: "12",
  trixie: "13",
  forky: "14",
  duke: "15",
};

/** "Debian:12" for bookworm; undefined for sid and what nobody released yet. */
export function debianEcosystem(codeName: string): string | undefined {
  const release = RELEASES[codeName];
  return release === undefined ? undefined : `Debian:${release}`;
}
