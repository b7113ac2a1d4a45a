# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# TAP for shell tests, which source this file from the tree's top:
#
#   . selftests/tap.sh
#   check NAME COMMAND...   passes if COMMAND exits 0; what it printed is shown
#                           if it does not. COMMAND runs in a subshell, under
#                           set -e
#   skip NAME REASON
#   skip_all REASON         ends the test
#   finish                  the last line: prints the plan
#
# With an argument a test runs only the cases whose name contains it or matches
# it; has NAME tells. $tmp is a folder for the test's files, removed at its end.
set -eu
export LC_ALL=C
O=${O:-build}
CC=${CC:-gcc}
CFLAGS=${CFLAGS-}
SANITIZE=${SANITIZE-}
MAKE=${MAKE:-make}

tap_pattern=${1-}
tap_passed=0
tap_failed=0
tap_skipped=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

has()
{
	# shellcheck disable=SC2254
	case $1 in
	*"$tap_pattern"* | $tap_pattern) return 0 ;;
	*) return 1 ;;
	esac
}

have()
{
	command -v "$1" >/dev/null 2>&1
}

check()
{
	tap_name=$1
	shift
	has "$tap_name" || return 0
	# In an if, or before ||, set -e would do nothing inside.
	set +e
	(
		set -e
		"$@"
	) >"$tmp/tap.out" 2>&1
	tap_status=$?
	set -e
	if [ $tap_status -eq 0 ]; then
		tap_passed=$((tap_passed + 1))
		echo "ok $((tap_passed + tap_failed + tap_skipped)) $tap_name"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $((tap_passed + tap_failed + tap_skipped)) $tap_name"
		sed 's/^/# /' "$tmp/tap.out"
	fi
}

skip()
{
	has "$1" || return 0
	tap_skipped=$((tap_skipped + 1))
	echo "ok $((tap_passed + tap_failed + tap_skipped)) $1 # SKIP $2"
}

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}

finish()
{
	tap_count=$((tap_passed + tap_failed + tap_skipped))
	if [ $tap_count -eq 0 ]; then
		echo 'no such case' >&2
		exit 2
	fi
	echo "1..$tap_count"
	echo "# passed $tap_passed failed $tap_failed skipped $tap_skipped"
	[ $tap_failed -eq 0 ] || exit 1
}
