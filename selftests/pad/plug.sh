# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
#
# The device of selftests/pad/live_pad.c and a command that runs in its world.
# Comes after selftests/tap.sh and selftests/pad/steps.sh.
sealmem=$O/sealmem
node=/dev/input/event7
# umockdev keeps its world there, also if it is killed.
export TMPDIR="$tmp"

# tell COMMAND: to the device; see live_pad.c.
tell()
{
	echo "$*" >&3
}

# plug_in_for COMMAND...: the device is there, COMMAND is about to run.
plug_in_for()
{
	rm -rf "$tmp/commands" "$tmp"/umockdev.*
	mkfifo "$tmp/commands"
	: >"$tmp/padlog"
	# The preload comes before the sanitizer's library, which minds that.
	ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS-}" \
		umockdev-wrapper "$tmp/live_pad" "$@" \
		<"$tmp/commands" >"$tmp/padlog" 2>&1 &
	pad=$!
	echo $pad >>"$tmp/pids"
	exec 3>"$tmp/commands"
}

# plug_in_to_end COMMAND...: for one that ends by itself, before the device.
plug_in_to_end()
{
	# shellcheck disable=SC2016
	plug_in_for sh -c '"$@"; echo "ended $?"' sh "$@"
}

# ends_with STATUS: such a command is run, and has ended.
ends_with()
{
	tell start
	until_true grep '^ended' "$tmp/padlog"
	exec 3>&-
	says padlog "^ended $1\$"
}

# The last reason that is true, or nothing.
why_not()
{
	[ -c /dev/pts/ptmx ] || echo "there are no pseudo terminals"
	have umockdev-wrapper || echo "there is no umockdev-wrapper"
	pkg-config --exists umockdev-1.0 2>/dev/null ||
		echo "there is no libumockdev-dev"
	return 0
}

pad()
{
	if [ -n "$reason" ]; then
		skip "$1" "$reason"
	else
		with "$@"
	fi
}

# Ends the test if there is no libevdev, and builds the device if there can be.
build_pad()
{
	if "$sealmem" gamepad record /nonexistent 2>&1 |
		grep -q 'without libevdev'
	then
		skip_all "sealmem is built without libevdev"
	fi
	reason=$(why_not | tail -n 1)
	# shellcheck disable=SC2046,SC2086
	[ -n "$reason" ] || check "the device builds" $CC -D_GNU_SOURCE \
		$CFLAGS -o "$tmp/live_pad" selftests/pad/live_*.c \
		$(pkg-config --cflags --libs umockdev-1.0)
}
