/**
 * The last day of free security updates by distribution and release, as their publishers announced it (for Debian the end of its
 * long-term support, for Ubuntu of standard support, for RHEL and its kin of maintenance).
 */
const END_OF_LIFE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  debian: {
    "7": "2018-05-31",
    "8": "2020-06-30",
    "9": "2022-06-30",
    "10": "2024-06-30",
    "11": "2026-08-31",
    "12": "2028-06-30",
    "13": "2030-06-30",
  },
  ubuntu: {
    "14.04": "2019-04-25",
    "16.04": "2021-04-30",
    "18.04": "2023-05-31",
    "20.04": "2025-05-31",
    "22.04": "2027-04-30",
    "23.04": "2024-01-25",
    "23.10": "2024-07-11",
    "24.04": "2029-05-31",
    "24.10": "2025-07-10",
    "25.04": "2026-01-15",
  },
  alpine: {
    "3.8": "2020-05-01",
    "3.9": "2020-11-01",
    "3.10": "2021-05-01",
    "3.11": "2021-11-01",
    "3.12": "2022-05-01",
    "3.13": "2022-11-01",
    "3.14": "2023-05-01",
    "3.15": "2023-11-01",
    "3.16": "2024-05-23",
    "3.17": "2024-11-22",
    "3.18": "2025-05-09",
    "3.19": "2025-11-01",
    "3.20": "2026-04-01",
    "3.21": "2026-11-01",
    "3.22": "2027-05-01",
  },
  rhel: {
    "6": "2020-11-30",
    "7": "2024-06-30",
    "8": "2029-05-31",
    "9": "2032-05-31",
    "10": "2035-05-31",
  },
  centos: { "6": "2020-11-30", "7": "2024-06-30", "8": "2021-12-31", "9": "2027-05-31" },
  almalinux: { "8": "2029-03-01", "9": "2032-05-31", "10": "2035-05-31" },
  rocky: { "8": "2029-05-31", "9": "2032-05-31", "10": "2035-05-31" },
  amzn: { "1": "2023-12-31", "2": "2026-06-30", "2023": "2029-06-30" },
  fedora: { "38": "2024-05-21", "39": "2024-11-26", "40": "2025-05-13", "41": "2025-12-15" },
};

/** The day after which a release gets no more updates; undefined for what is not known. */
export function findEndOfLife({ id, version }: { id: string; version: string }): Date | undefined {
  const releases = Object.hasOwn(END_OF_LIFE, id) ? END_OF_LIFE[id] : undefined;
  if (releases === undefined) return undefined;
  const [major = "", minor = ""] = version.split(".");
  for (const release of [version, `${major}.${minor}`, major]) {
    const day = Object.hasOwn(releases, release) ? releases[release] : undefined;
    if (day !== undefined) return new Date(`${day}T23:59:59Z`);
  }
  return undefined;
}
