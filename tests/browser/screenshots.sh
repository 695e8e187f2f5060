#!/usr/bin/env bash
#
# Takes the pictures of docs/screenshots anew: every page that a link of the demo leads to, wide and narrow, light and dark,
# the four looks of a page in one small file.
#
#   ROLECALL_BIN=…/rolecall tests/browser/screenshots.sh

set -euo pipefail
cd "$(dirname "$0")"
for tool in convert montage; do
    command -v "$tool" >/dev/null || { echo "error: $tool is missing: install ImageMagick" >&2; exit 1; }
done
: "${ROLECALL_BIN:?must name the built rolecall binary}"

out=../../docs/screenshots
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

SCREENSHOTS=$work/whole JOURNEYS=setup,access,quality WITHOUT=lighthouse node run.mjs
mkdir "$work/cut"
rm -rf "$out"
mkdir -p "$out"
for picture in "$work"/whole/*.png; do
    convert "$picture" -resize 40% "$work/cut/${picture##*/}"
done
{
    printf '# Every page\n\nMade by `tests/browser/screenshots.sh` from the company of `rolecall demo`: wide and narrow, light and dark.\n'
    for picture in "$work"/cut/*-1280-light.png; do
        name=${picture##*/} name=${name%-1280-light.png}
        # A list that is only sorted or turned over looks as the list does.
        case $name in *-cursor | *-limit | *-sort) continue ;; esac
        four=()
        for look in 1280-light 1280-dark 390-light 390-dark; do four+=("$work/cut/$name-$look.png"); done
        montage "${four[@]}" -tile 4x1 -geometry '+6+6' -gravity north -background '#808080' "$work/sheet.png"
        convert "$work/sheet.png" -define webp:method=6 -quality 50 "$out/$name.webp"
        printf '\n## %s\n\n![%s: wide and narrow, light and dark](%s.webp)\n' "$name" "$name" "$name"
    done
} >"$out/README.md"
du -sh "$out"
