# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
#
# A server of synthetic pads and those who watch it, for the tests of the
# command. Comes after selftests/tap.sh and selftests/pad/steps.sh.
sealmem=$O/sealmem
socket=$tmp/pads

# serve [OPTION]...: a server that listens; $server is its number.
serve()
{
	run servelog "$sealmem" gamepad serve --source synthetic \
		--socket "$socket" --seconds 170 "$@"
	server=$pid
	until_true grep '^sealmem: serving' "$tmp/servelog"
}

# The command in the foreground, which ends in any case.
tool()
{
	timeout 60 "$sealmem" "$@"
}

watch()
{
	tool gamepad watch --socket "$socket" "$@"
}

# A watch in the background that has seen something; $watcher is its number.
keep_watching()
{
	run watchlog "$sealmem" gamepad watch --socket "$socket" --seconds 100
	watcher=$pid
	until_true grep '^pad=1' "$tmp/watchlog"
}

# A client that does what the command does not: $tmp/client.
build_client()
{
	# Several words, so unquoted.
	# shellcheck disable=SC2086
	$CC -Iinclude -D_GNU_SOURCE $CFLAGS ${SANITIZE:+-fsanitize=$SANITIZE} \
		-o "$tmp/client" selftests/pad/client.c "$O/libsealmem.a"
}
