/** Ubuntu's releases by their code names. */
const RELEASES: Readonly<Record<string, string>> = {
  trusty: "14.04",
  xenial: "16.04",
  bionic: "18.04",
  focal: "20.04",
  jammy: "22.04",
  kinetic: "22.10",
  lunar: "23.04",
  mantic: "23.10",
  noble: "24.04",
  oracular: "24.10",
  plucky: "25.04",
  questing: "25.10",
};

/** "Ubuntu:22.04" for jammy; undefined for what nobody knows here. */
export function ubuntuEcosystem(codeName: string): string | undefined {
  const release = RELEASES[codeName];
  return release === undefined ? undefined : `Ubuntu:${release}`;
}
