#!/usr/bin/env bash
# Prints two lines: the Deno command to compile with, and the runtime stub that it builds on, which is
# empty where Deno's own download answers. Where only npm does, an executable in an npm package that
# `deno compile` made with 2.6.10 yields that version's stub: what stands before its own payload.
# It serves to check our compile step, never to ship.
set -euo pipefail
work=$1
deno=$2

probe=$work/probe
mkdir -p "$probe"
echo 'console.log(1)' > "$probe/probe.ts"
if (cd "$probe" && timeout 120 "$deno" compile --quiet --output probe probe.ts) > "$probe/log" 2>&1; then
  printf '%s\n\n' "$deno"
  exit 0
fi

cd "$work"
fetch() {
  mkdir -p "$2"
  tar -xzf "$(npm pack --silent "$1")" -C "$2"
}
fetch @deno/linux-x64-glibc@2.7.1 cli
fetch @mcp-stress/linux-x64@0.2.1 stub
executable=$(find stub -type f -size +80M | head -n 1)
head -c 92183912 "$executable" > denort
chmod +x denort
echo '1b136202dc147212ad0b129de0c10eb5f17060917c9754c7921cd68f764ad2e2  denort' | sha256sum --check --quiet
cli=$(find "$work/cli" -type f -name deno | head -n 1)
chmod +x "$cli"
printf '%s\n%s\n' "$cli" "$work/denort"
