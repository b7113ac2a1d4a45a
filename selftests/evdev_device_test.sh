#!/bin/sh
# SPDX-License-Identifier: MIT
# One device of tools/gamepad/evdev_device.h, with umockdev in the place of the
# kernel: it answers every ioctl, so that each answer can be a wrong one.
. selftests/tap.sh

# umockdev keeps its world there.
export TMPDIR="$tmp"
# It is loaded before the sanitizer's library, which minds that; and a process
# that ends in the middle of everything leaves things behind.
export ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0:${ASAN_OPTIONS-}"

# The last reason that is true, or nothing.
why_not()
{
	[ -c /dev/pts/ptmx ] || echo "there are no pseudo terminals"
	have umockdev-wrapper || echo "there is no umockdev-wrapper"
	pkg-config --exists umockdev-1.0 2>/dev/null ||
		echo "there is no libumockdev-dev"
	pkg-config --exists libevdev 2>/dev/null ||
		echo "there is no libevdev-dev"
	[ -f "$O/tools/gamepad/evdev_device.o" ] ||
		echo "sealmem is built without libevdev"
	[ "$(uname -m)" != x86_64 ] || [ "${CFLAGS#*-m32}" = "$CFLAGS" ] ||
		echo "umockdev is of another word size"
	return 0
}

# build NAME: the linker takes of the command what the check needs.
build()
{
	# Several words, so unquoted.
	# shellcheck disable=SC2046,SC2086
	$CC -I. -Iinclude -D_GNU_SOURCE $CFLAGS \
		${SANITIZE:+-fsanitize="$SANITIZE"} -o "$tmp/$1" \
		"selftests/pad/$1.c" selftests/pad/device_world.c \
		"$tmp/tools.a" "$O/libsealmem.a" \
		$(pkg-config --cflags --libs umockdev-1.0 libevdev) \
		>"$tmp/$1.log" 2>&1
}

is_built()
{
	cat "$tmp/$1.log"
	[ -x "$tmp/$1" ]
}

run()
{
	timeout 60 umockdev-wrapper "$tmp/$1" "$2"
}

reason=$(why_not | tail -n 1)
[ -z "$reason" ] || skip_all "$reason"
find "$O/tools" -name '*.o' ! -name main.o -exec ar rcs "$tmp/tools.a" {} +
for program in device_check device_effect_check; do
	# In any case, whichever were chosen.
	build $program || :
	check "$program builds" is_built $program
	for name in $("$tmp/$program"); do
		check "$(echo "$name" | tr _ ' ')" run $program "$name"
	done
done
finish
