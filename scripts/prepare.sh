#!/bin/sh
# Installs the dependencies and builds dist/ and dist-pages/ when they are missing or older than what they come from; a few milliseconds
# otherwise. Runs in any clone with Node >= 20 and npm. What it does goes to stderr: stdout belongs to the caller.
set -eu
cd -- "$(dirname -- "$0")/.."

PATH=$PWD/node_modules/.bin:$PATH

is_installed() {
  [ -f node_modules/.package-lock.json ] || return 1
  cmp -s package-lock.json node_modules/.installed-from && return 0
  [ -z "$(find package-lock.json -newer node_modules/.package-lock.json)" ]
}

is_built() {
  [ -f dist/.built ] || return 1
  [ -z "$(find src package.json package-lock.json tsconfig.json scripts/bundle.ts -newer dist/.built | head -n 1)" ]
}

# The pages on their own: whoever works on the hub does not wait for them, and the other way round.
has_pages() {
  [ -f dist-pages/.built ] || return 1
  [ -z "$(find web package-lock.json -newer dist-pages/.built | head -n 1)" ]
}

# Runs a step with its output kept for when it fails. Whoever stops this script stops the step too.
step() {
  echo "berth: $1" >&2
  shift
  "$@" >.cache/prepare.log 2>&1 &
  trap 'kill -TERM $! 2>/dev/null; wait $!; exit 143' HUP INT TERM
  if wait $!; then
    trap - HUP INT TERM
    return 0
  fi
  cat .cache/prepare.log >&2
  echo "berth: \`$*\` failed, see above" >&2
  exit 1
}

install() {
  step "installing dependencies (once, about a minute)" npm ci --include=dev --include=optional
  cp package-lock.json node_modules/.installed-from
}

# Types are checked by `npm run check`, not here. The old build stays in place until the new one is whole, and the stamp is
# older than anything edited during the build. What a hub that runs has not loaded yet stays beside the new build: the names tell
# the content, and .own lists those that belong to it.
build() {
  rm -rf dist.new .cache/compiled
  mkdir dist.new
  touch dist.new/.built
  step "building" node scripts/bundle.ts dist.new
  ls dist.new/app >dist.new/.own
  if [ -f dist/.own ]; then
    while read -r name; do
      [ -e "dist.new/app/$name" ] || cp -p "dist/app/$name" "dist.new/app/$name"
    done <dist/.own
  fi
  rm -rf dist
  mv dist.new dist
}

build_pages() {
  rm -rf dist-pages.new
  mkdir dist-pages.new
  touch dist-pages.new/.built
  step "building the pages" node_modules/.bin/vite build web --outDir ../dist-pages.new --emptyOutDir false --logLevel warn
  rm -rf dist-pages
  mv dist-pages.new dist-pages
}

is_installed && is_built && has_pages && exit 0

# Two commands started at once take turns; the kernel frees the lock if one of them is killed.
mkdir -p .cache
exec 9>.cache/prepare.lock
if command -v flock >/dev/null && ! flock -n 9; then
  echo "berth: waiting for another start, which installs or builds" >&2
  flock 9
fi
is_installed || install
is_built || build
has_pages || build_pages
