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
	# It is told nothing of what passes between them through a socket.
	[ "$SANITIZE" != thread ] || echo "ThreadSanitizer sees umockdev's \
thread use the memory of ours"
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

# begin PROGRAM: build it, whichever cases were chosen; they follow.
begin()
{
	program=$1
	: >"$tmp/played"
	build "$program" || :
	check "$program builds" is_built "$program"
}

play()
{
	timeout 60 umockdev-wrapper "$tmp/$program" "$(echo "$1" | tr ' ' _)"
}

# world NAME: a case of the program.
world()
{
	echo "$1" | tr ' ' _ >>"$tmp/played"
	check "$1" play "$1"
}

# None of the program's cases is forgotten here.
all_were_played()
{
	"$tmp/$program" | diff "$tmp/played" -
}

reason=$(why_not | tail -n 1)
[ -z "$reason" ] || skip_all "$reason"
find "$O/tools" -name '*.o' ! -name main.o -exec ar rcs "$tmp/tools.a" {} +

begin device_check
world "opened without waiting"
world "what cannot be opened"
world "only what is used is delivered"
world "without masks and without a clock"
world "times that cannot be"
world "held before"
world "lost before the first step"
world "lost on the way"
world "asked once"
world "fingers that were lost"
world "gone when asked"
world "whoever listens hears all"
world "an event in two parts"
world "many events are read bit by bit"
world "unplugged"
world "unplugged and not polled"
world "hung up"
check "all cases of $program" all_were_played

begin device_effect_check
world "nodes of one pad"
world "an effect is played"
world "an effect that starts later"
world "an effect takes the place of another"
world "an effect is stopped"
world "an effect that cannot be"
world "magnitudes beyond their range"
world "a pad without motors"
world "a pad that may only be read"
check "all cases of $program" all_were_played
finish
