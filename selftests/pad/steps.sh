# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# What the gamepad tests' cases are made of; they source it after tap.sh.
# Nothing here waits for a time to pass, only for something to be so, and not
# for ever. In $tmp, files that end in "log" show what background processes say.

trap 'stop_all; rm -rf "$tmp"' EXIT

# A server that cannot be traced cannot be searched for leaks, but by root.
[ "$(id -u)" = 0 ] || export ASAN_OPTIONS="detect_leaks=0:${ASAN_OPTIONS-}"

# try NAME COMMAND...: a case that starts processes.
try()
{
	check "$@"
	stop_all
}

# wants STATUS COMMAND...: the exit status must be that; output in out and err.
wants()
{
	status=$1
	shift
	got=0
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null || got=$?
	if [ $got -ne "$status" ]; then
		echo "exit status $got, not $status: $*"
		cat "$tmp/out" "$tmp/err"
		return 1
	fi
}

# says FILE PATTERN...: every pattern must be there.
says()
{
	file=$tmp/$1
	shift
	for pattern; do
		grep -q -- "$pattern" "$file" && continue
		echo "no '$pattern' in $file:"
		cat "$file"
		return 1
	done
}

# until_true COMMAND...: waits for it, up to 20 seconds on an idle machine.
until_true()
{
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ $tries -gt 400 ]; then
			echo "waited in vain for: $*"
			cat "$tmp"/*log
			return 1
		fi
		sleep 0.05
	done
}

# run FILE COMMAND...: in the background, output to FILE; $pid is its number.
run()
{
	file=$tmp/$1
	shift
	: >"$file"
	"$@" >"$file" 2>&1 </dev/null &
	pid=$!
	echo $pid >>"$tmp/pids"
}

stop_all()
{
	if [ -f "$tmp/pids" ]; then
		# Most are gone already.
		while read -r pid; do
			kill -KILL "$pid" 2>/dev/null || :
		done <"$tmp/pids"
	fi
	rm -f "$tmp/pids" "$tmp"/*log "$tmp/pads"
}

# ends PID STATUS: the background process ends with that.
ends()
{
	got=0
	wait "$1" || got=$?
	[ $got -eq "$2" ] && return
	echo "process ended with $got, not $2"
	cat "$tmp"/*log
	return 1
}

# with NAME FUNCTION TOOL...: a case that needs tools.
with()
{
	name=$1
	function=$2
	shift 2
	for tool; do
		have "$tool" && continue
		skip "$name" "there is no $tool"
		return
	done
	try "$name" "$function"
}
