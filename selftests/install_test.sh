#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What `make install` installs is the whole of it and works: files, modes,
# links, pkg-config, and the example of README.md built against it. Uninstalling
# leaves no file, and a build elsewhere leaves the source tree alone.
. selftests/tap.sh

stage=$tmp/stage
version=$(sed -n 's/^VERSION[[:space:]]*:*=[[:space:]]*//p' Makefile)
major=${version%%.*}
[ -z "$SANITIZE" ] || skip_all 'a sanitizer build has no shared library'

# With the settings of the make that runs the tests, but not in its jobs.
MAKEFLAGS=$(echo "${MAKEFLAGS-}" |
	sed -e 's/ *--jobserver-[a-z]*=[^ ]*//' -e 's/\(^\| \)-j[0-9]*//')
export MAKEFLAGS

make_it() # ARGUMENT...
{
	"$MAKE" --no-print-directory CC="$CC" CFLAGS="$CFLAGS" SANITIZE= \
		PREFIX=/usr "$@"
}

list_files()
{
	(cd "$1" && find . ! -type d | sed 's|^\./||' | sort)
}

expected_files()
{
	echo usr/bin/sealmem
	for header in include/sealmem/*.h; do
		echo "usr/$header"
		case $header in
		*/sealmem.h) ;;
		*) echo "usr/share/man/man3/sealmem_$(basename "$header" .h).3" ;;
		esac
	done
	echo usr/lib/libsealmem.a
	echo usr/lib/libsealmem.so
	echo "usr/lib/libsealmem.so.$major"
	echo "usr/lib/libsealmem.so.$version"
	echo usr/lib/pkgconfig/sealmem.pc
	echo usr/lib/systemd/system/sealmem-gamepad.service
	echo usr/lib/systemd/system/sealmem-gamepad.socket
	echo usr/share/man/man1/sealmem.1
	echo usr/share/man/man7/sealmem.7
}

installs_this()
{
	cat "$tmp/install.log"
	list_files "$stage" >"$tmp/found"
	expected_files | sort >"$tmp/expected"
	diff -u "$tmp/expected" "$tmp/found"
}

modes()
{
	(cd "$stage/usr" && find . ! -type l -printf '%m %y %p\n') | awk '
		{ want = 644 }
		$2 == "d" || $3 ~ /\/(libsealmem\.so\.|bin\/)/ { want = 755 }
		$1 != want { print $3 " has mode " $1 ", not " want; bad = 1 }
		END { exit bad }'
	[ "$(readlink "$stage/usr/lib/libsealmem.so")" = \
		"libsealmem.so.$major" ]
	[ "$(readlink "$stage/usr/lib/libsealmem.so.$major")" = \
		"libsealmem.so.$version" ]
}

# Its name, and that it needs nothing but libc.
shared_library()
{
	readelf -d "$stage/usr/lib/libsealmem.so.$version" >"$tmp/dynamic"
	cat "$tmp/dynamic"
	grep -q "SONAME.*\[libsealmem\.so\.$major\]" "$tmp/dynamic"
	! grep NEEDED "$tmp/dynamic" | grep -Ev '\[(libc|ld-linux.*)\.so\.?[0-9]*\]'
}

staged_pkg_config()
{
	PKG_CONFIG_LIBDIR=$stage/usr/lib/pkgconfig PKG_CONFIG_PATH='' \
		PKG_CONFIG_SYSROOT_DIR=$stage PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
		PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 pkg-config "$@" sealmem
}

pkg_config()
{
	[ "$(staged_pkg_config --modversion)" = "$version" ]
	flags=$(staged_pkg_config --cflags)
	libs=$(staged_pkg_config --libs)
	echo "flags: $flags, libs: $libs"
	[ "${flags% }" = "-I$stage/usr/include" ]
	[ "${libs% }" = "-L$stage/usr/lib -lsealmem" ]
	! grep @ "$stage/usr/lib/pkgconfig/sealmem.pc"
}

# The first block of C in README.md, and the first of text after that.
block() # LANGUAGE
{
	awk -v start="\`\`\`$1" '
		$0 == "```c" { c = 1 }
		c && $0 == start && !done { inside = 1; next }
		/^```/ { done = done || inside; inside = 0 }
		inside' README.md
}

# The program as it stands; what it prints is in the next block.
example() # COMPILER-ARGUMENT...
{
	block c >"$tmp/example.c"
	block text >"$tmp/output.expected"
	[ -s "$tmp/example.c" ] || { echo 'README.md has no C block'; exit 1; }
	# shellcheck disable=SC2086
	$CC -Wall -Wextra -Werror $CFLAGS -o "$tmp/example" "$tmp/example.c" "$@"
	LD_LIBRARY_PATH=$stage/usr/lib "$tmp/example" >"$tmp/output"
	diff -u "$tmp/output.expected" "$tmp/output"
}

# In a root of their own, so that the command is where they say.
units()
{
	units=usr/lib/systemd/system
	[ "$(grep -c @BIN "$stage/$units/sealmem-gamepad.service")" -eq 0 ]
	cp -R "$stage" "$tmp/root"
	for unit in "$tmp/root/$units"/*; do
		sed -i "s|=/usr/bin|=$tmp/root/usr/bin|" "$unit"
		systemd-analyze verify --man=no "$unit" 2>&1 |
			tee "$tmp/complaints"
		[ ! -s "$tmp/complaints" ]
	done
}

# 1.0 of 10, where systemd calls it safe.
unit_is_hardened()
{
	systemd-analyze security --offline=true --no-pager --threshold=10 \
		"$stage/usr/lib/systemd/system/sealmem-gamepad.service"
}

# Older ones cannot look at a file, or not without a system that runs.
can_analyze()
{
	printf '[Service]\nExecStart=/bin/true\n' >"$tmp/plain.service"
	systemd-analyze "$@" "$tmp/plain.service" >/dev/null 2>&1
}

uninstall()
{
	list_files "$stage" | grep -q .
	make_it O="$O" DESTDIR="$stage" uninstall
	list_files "$stage" | tee "$tmp/left"
	[ ! -s "$tmp/left" ]
}

# Not every system has that.
without_systemd()
{
	make_it O="$O" DESTDIR="$tmp/plain" UNITDIR= install
	list_files "$stage" | grep -v systemd >"$tmp/expected"
	list_files "$tmp/plain" | diff -u "$tmp/expected" -
	make_it O="$O" DESTDIR="$tmp/plain" UNITDIR= uninstall
	[ -z "$(list_files "$tmp/plain")" ]
}

# In a copy, so that what else happens in the tree does not matter.
source_tree()
{
	mkdir "$tmp/source"
	tar -c --exclude=.git --exclude='./build*' --exclude="./$O" . |
		tar -x -C "$tmp/source"
	cd "$tmp/source"
	find . -type f -exec cksum {} + | sort >"$tmp/before"
	make_it O="$tmp/elsewhere" CFLAGS=-O0 all
	find . -type f -exec cksum {} + | sort >"$tmp/after"
	diff "$tmp/before" "$tmp/after"
}

# By somebody whose files nobody else may read.
mkdir "$stage"
(umask 077 && make_it O="$O" DESTDIR="$stage" install) \
	>"$tmp/install.log" 2>&1 || :

check installs_this installs_this
check modes modes
if have readelf; then
	check shared_library shared_library
else
	skip shared_library 'no readelf'
fi
if have pkg-config; then
	check pkg_config pkg_config
	# shellcheck disable=SC2046
	check example_pkg_config example $(staged_pkg_config --cflags --libs)
else
	skip pkg_config 'no pkg-config'
	skip example_pkg_config 'no pkg-config'
fi
check example_shared example "-I$stage/usr/include" "-L$stage/usr/lib" -lsealmem
check example_static example "-I$stage/usr/include" \
	"$stage/usr/lib/libsealmem.a"
if can_analyze verify --man=no; then
	check units units
else
	skip units 'no systemd-analyze that can verify'
fi
if can_analyze security --offline=true --no-pager; then
	check unit_is_hardened unit_is_hardened
else
	skip unit_is_hardened 'no systemd-analyze that can judge a file'
fi
check without_systemd without_systemd
check uninstall uninstall
check source_tree source_tree
finish
