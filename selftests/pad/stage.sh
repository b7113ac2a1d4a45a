# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# A producer that does what a test tells it: selftests/pad/stage.c. Comes after
# selftests/tap.sh, selftests/pad/steps.sh and selftests/pad/server.sh.

build_stage()
{
	[ -x "$tmp/stage" ] && return
	# shellcheck disable=SC2086
	$CC -Iinclude -D_GNU_SOURCE $CFLAGS ${SANITIZE:+-fsanitize=$SANITIZE} \
		-o "$tmp/stage" selftests/pad/stage.c "$O/libsealmem.a" -pthread
}

# stage COUNT: a producer of so many pads; order tells it what to do.
stage()
{
	build_stage
	rm -f "$tmp/orders"
	mkfifo "$tmp/orders"
	"$tmp/stage" "$socket" "$1" <"$tmp/orders" >"$tmp/stagelog" 2>&1 &
	stage=$!
	echo $stage >>"$tmp/pids"
	exec 4>"$tmp/orders"
	until_true grep serving "$tmp/stagelog"
}

# order COMMAND: see stage.c.
order()
{
	echo "$*" >&4
}
