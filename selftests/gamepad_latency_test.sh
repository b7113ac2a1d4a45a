#!/bin/sh
# SPDX-License-Identifier: MIT
# `sealmem gamepad latency`: what it prints hangs together. How large the numbers
# are is for the machine to say. Prints TAP.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
# shellcheck disable=SC2119
. selftests/tap.sh
. selftests/pad/steps.sh
. selftests/pad/server.sh

latency()
{
	tool gamepad latency --socket "$socket" --seconds 1 "$@"
}

table()
{
	serve
	wants 0 latency "$@"
	says out "^waiting by $how.* for [0-9.]* s: [1-9][0-9]* states seen" \
		'^  *count  *min  *p50  *p90  *p99  *max$' \
		'^publish to seen  *[1-9]' '^event to seen  *[1-9]' \
		'^ *from  *publish to seen  *event to seen$' \
		'^ *[0-9.]* [um]*s  *[0-9]* #'
}

by_futex()
{
	how=futex
	table
}

by_spin()
{
	how=spin
	table --wait spin
}

by_poll()
{
	how='poll at 50 Hz'
	table --wait poll --rate 50
	# 500 are published in that time, 100 seen at most.
	says out ' [1-9][0-9]* were over before that'
}

as_json()
{
	serve
	wants 0 latency --json
	[ "$(wc -l <"$tmp/out")" -eq 1 ]
	# shellcheck disable=SC2016
	jq -e 'def whole: .count > 0 and .min <= .p50 and .p50 <= .p90 and
			.p90 <= .p99 and .p99 <= .max and
			([.histogram[][1]] | add) == .count and
			.histogram[0][0] <= .min and
			.histogram[-1][0] <= .max;
		.wait == "futex" and .seconds >= 1 and .missed >= 0 and
		(.publish_to_seen_us | whole) and (.event_to_seen_us | whole) and
		.event_to_seen_us.min >= .publish_to_seen_us.min and
		.event_to_seen_us.max >= .publish_to_seen_us.max' "$tmp/out"
}

plot()
{
	serve
	wants 0 latency --svg "$tmp/it's a plot.svg"
	says "it's a plot.svg" '^<svg' 'from publication to seen: p50' \
		'from event to seen: p50' 'time until the state was seen' \
		'share of the states' '</svg>'
	[ ! -s "$tmp/err" ]
	wants 1 latency --svg "$tmp/no/such/folder"
	says err 'no plot: '
}

no_gnuplot()
{
	serve
	PATH=/nonexistent "$(command -v env)" "$sealmem" gamepad latency \
		--socket "$socket" --seconds 1 --svg "$tmp/plot.svg" \
		>"$tmp/out" 2>"$tmp/err" && return 1
	says err 'gnuplot is not installed'
	says out '^publish to seen '
}

# measured HOW COMMAND...: COMMAND ends a measurement, by $pid or $server. One
# that ends before a pad has moved says so, and is followed by a longer one.
measured()
{
	how=$1
	shift
	for pause in 0.3 1 3 9; do
		serve
		run latencylog "$sealmem" gamepad latency --socket "$socket" \
			--seconds 100 --wait "$how"
		measurer=$pid
		sleep $pause
		"$@"
		got=0
		wait "$measurer" || got=$?
		kill -KILL "$server" 2>/dev/null || :
		wait "$server" || :
		grep -q 'no pad changed' "$tmp/latencylog" || break
		[ "$got" -eq 1 ]
	done
	[ "$got" -eq 0 ]
	says latencylog '^publish to seen '
}

# The command, which $server is known for only then.
end_server()
{
	kill "-$1" "$server"
}

servers_go()
{
	for how in futex spin poll; do
		measured "$how" end_server TERM
		says latencylog 'the producer is gone'
		measured "$how" end_server KILL
		says latencylog 'the producer is gone'
	done
}

end_measurer()
{
	kill -TERM "$measurer"
}

interrupted()
{
	for how in futex spin poll; do
		measured "$how" end_measurer
	done
}

nobody()
{
	wants 1 latency
	says err 'nobody serves at '
}

usage_error()
{
	wants 2 tool gamepad latency "$@"
	says err '^Usage: sealmem gamepad latency'
}

bad_options()
{
	usage_error
	usage_error --socket a --wait sleep
	usage_error --socket a --seconds 0
	usage_error --socket a --rate 10001
	usage_error --socket a b
	wants 0 tool gamepad latency --help
}

try "a table, by sleeping until woken" by_futex
try "by spinning" by_spin
try "by looking so often, which misses some" by_poll
if "$sealmem" features --json >/dev/null 2>&1; then
	with "as JSON: counts add up, quantiles are in order" as_json jq
else
	skip "as JSON" "built without jansson"
fi
with "a plot, and none where it cannot be" plot gnuplot
try "without gnuplot it says so, after the table" no_gnuplot
try "a server that goes ends it in good order" servers_go
try "a signal ends it in good order" interrupted
try "nobody serves" nobody
try "bad options exit 2 with the usage on stderr" bad_options
finish
