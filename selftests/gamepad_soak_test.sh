#!/bin/sh
# SPDX-License-Identifier: MIT
# scripts/soak-pads for a few seconds: many gamepads, many readers, no loss. Prints
# TAP.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
. selftests/tap.sh

name="16 pads at 1 kHz and 8 readers: nothing is lost, nothing grows"
# A sanitizer keeps memory that was freed.
[ -z "$SANITIZE" ] || export GROWTH=1000000
export O CC SANITIZE

soak()
{
	cat "$tmp/out"
	[ "$status" -eq 0 ]
}

status=0
scripts/soak-pads 3 >"$tmp/out" 2>&1 || status=$?
if [ "$status" -eq 4 ]; then
	skip "$name" "$(tail -n 1 "$tmp/out")"
else
	check "$name" soak
fi
finish
