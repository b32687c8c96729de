/**
 * Folders into which package managers put what they install. A lock file in there was published by
 * mistake with a package and says what its author worked with, not what the image has.
 */
const FOLDER =
  /(?:^|\/)(?:node_modules|bower_components|site-packages|dist-packages|vendor|gems|\.cargo\/(?:registry|git)|pkg\/mod|\.m2|\.nuget)\//;

export function isInDependencyFolder(path: string): boolean {
  return FOLDER.test(path);
}

/** The last part of a path. */
export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The folder of a path, empty for the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
