#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The tree keeps its own rules: what the scripts check, and the scripts.
. selftests/tap.sh

# .awk files have no shell in them; .sh files are read by other scripts.
shell_scripts()
{
	find scripts .ci -type f ! -name '*.awk' 2>/dev/null
	ls selftests/*.sh
}

executable()
{
	find scripts .ci -type f ! -name '*.awk' ! -name '*.sh' ! -perm -100 2>/dev/null \
		>"$tmp/plain"
	sed 's/$/ is not executable/' "$tmp/plain"
	[ ! -s "$tmp/plain" ]
}

syntax()
{
	for script in $(shell_scripts); do
		case $(head -n 1 "$script") in
		*bash*) bash -n "$script" ;;
		*) sh -n "$script" ;;
		esac
	done
}

lint()
{
	# shellcheck disable=SC2046
	shellcheck -x $(shell_scripts)
}

man_pages()
{
	# Its complaints about pages that are not installed are of no use here.
	mandoc -Tlint -Wwarning man/*.[0-9] "$O"/man/*.3
}

# Installing a library changes what the next make makes.
optional_is() # WANTED VARIABLE...
{
	wanted=$1
	shift
	make -s O="$tmp/o" "$@" "$tmp/o/optional"
	[ "$(cat "$tmp/o/optional")" = "$wanted" ]
}

make_notices_a_library()
{
	optional_is 'no no no no' HAVE_LIBEVDEV=no HAVE_JANSSON=no \
		HAVE_NCURSES=no HAVE_LIBURING=no
	optional_is 'no yes no no' HAVE_LIBEVDEV=no HAVE_JANSSON=yes \
		HAVE_NCURSES=no HAVE_LIBURING=no
}

# Other machines' libraries are not here: what needs them is not made for those.
vm_tests_without_libevdev()
{
	make -n O="$tmp/o" HAVE_LIBEVDEV=no vm-tests >"$tmp/plan"
	grep -q selftests/region_test "$tmp/plan"
	! grep -o '[^ ]*/o/selftests/evdev[a-z_]*' "$tmp/plan"
}

check layers scripts/check-layers
if [ -n "$SANITIZE" ]; then
	skip api 'a sanitizer build has no shared library'
else
	check api scripts/check-api
fi
check docs scripts/check-docs
check executable executable
check make_notices_a_library make_notices_a_library
check vm_tests_without_libevdev vm_tests_without_libevdev
check syntax syntax
if have shellcheck; then
	check lint lint
else
	skip lint 'no shellcheck'
fi
if have mandoc; then
	check man_pages man_pages
else
	skip man_pages 'no mandoc'
fi
finish
