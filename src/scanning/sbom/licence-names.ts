/** What distributions call licences, in lower case, and what SPDX calls them. */
export const LICENCE_NAMES: Readonly<Record<string, string>> = {
  expat: "MIT",
  "mit/x11": "MIT",
  x11: "X11",
  "apache license 2.0": "Apache-2.0",
  "apache 2.0": "Apache-2.0",
  "apache-2": "Apache-2.0",
  "asl 2.0": "Apache-2.0",
  "asl 1.1": "Apache-1.1",
  "bsd-3": "BSD-3-Clause",
  "bsd-2": "BSD-2-Clause",
  "bsd-3-clause": "BSD-3-Clause",
  "bsd-4-clause": "BSD-4-Clause",
  "bsd 2-clause": "BSD-2-Clause",
  "bsd 3-clause": "BSD-3-Clause",
  boost: "BSL-1.0",
  cc0: "CC0-1.0",
  mplv1: "MPL-1.0",
  "mplv1.1": "MPL-1.1",
  "mplv2.0": "MPL-2.0",
  mpl2: "MPL-2.0",
  openldap: "OLDAP-2.8",
  psf: "PSF-2.0",
  python: "Python-2.0",
  perl: "Artistic-1.0-Perl OR GPL-1.0-or-later",
  "artistic-1": "Artistic-1.0-Perl",
  artistic: "Artistic-1.0-Perl",
  "artistic 2.0": "Artistic-2.0",
  sleepycat: "Sleepycat",
  unlicense: "Unlicense",
  vim: "Vim",
  zlib: "Zlib",
  isc: "ISC",
  wtfpl: "WTFPL",
};

const GNU =
  /^(a?gpl|lgpl|gfdl|gnu gpl)[- ]?v?\.?(\d)(?:\.(\d+))?(?:\.0)?(\+| or later|-or-later|-only)?$/i;

/** `GPL-2+`, `GPLv2+`, `LGPL-2.1`: Debian's and Red Hat's words for the licences of GNU. */
export function gnuLicence(name: string): string | undefined {
  const [, family, major, minor = "0", later = ""] = GNU.exec(name) ?? [];
  if (family === undefined) return undefined;
  const isLater = later === "+" || /later/i.test(later);
  const spdxFamily = family.toUpperCase().replace("GNU ", "");
  return `${spdxFamily}-${major}.${minor}-${isLater ? "or-later" : "only"}`;
}
