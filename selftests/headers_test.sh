#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each installed header compiles alone, in C11 and C++17, by gcc and clang, with
# nothing defined for it, and a C++ program can use the library.
. selftests/tap.sh

strict='-pedantic -Wall -Wextra -Werror -fsyntax-only -Iinclude'

# The C++ compiler that goes with a C compiler, its flags kept.
cxx_of()
{
	echo "$1" | sed -e 's/clang/clang++/' -e t -e 's/gcc/g++/' -e t \
		-e 's/.*/c++/'
}

# Twice, for its guard; with and without what the Makefile defines for itself.
compiles() # HEADER COMPILER... with flags
{
	header=$1
	shift
	printf '#include <sealmem/%s>\n#include <sealmem/%s>\n' \
		"$header" "$header" >"$tmp/alone.$$"
	# shellcheck disable=SC2086
	"$@" $strict "$tmp/alone.$$"
	# shellcheck disable=SC2086
	"$@" $strict -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 "$tmp/alone.$$"
}

cat >"$tmp/program.cc" <<'CC'
#include <sealmem/sealmem.h>

#include <cstring>

struct pair {
	uint32_t a;
	float b[2];
};

static const struct sealmem_field fields[] = {
	SEALMEM_FIELD(struct pair, a),
	SEALMEM_FIELD_ARRAY(struct pair, b),
};

static bool has_layout()
{
	struct sealmem_structured_layout layout =
		SEALMEM_STRUCTURED_LAYOUT(struct pair, 1, 2, 3);
	uint32_t number = 0;

	SEALMEM_ATOMIC_STORE(&number, 7u);
	return layout.size == sizeof(struct pair) &&
	       SEALMEM_ATOMIC_LOAD(&number) == 7 &&
	       !sealmem_structured_fingerprint(fields, 2, sizeof(struct pair),
					       &layout.fingerprint);
}

int main()
{
	struct sealmem_readonly_region region = {};
	struct sealmem_readonly_mapping mapping = {};

	if (std::strcmp(sealmem_version(), SEALMEM_VERSION))
		return 1;
	if (sealmem_readonly_region_create_from("abcd", 4, nullptr, &region))
		return 2;
	if (sealmem_readonly_region_map(&region, &mapping))
		return 3;
	const uint32_t *word = SEALMEM_READONLY_AT(&mapping, 0, uint32_t);
	if (!word || std::memcmp(word, "abcd", 4))
		return 4;
	if (!has_layout())
		return 5;
	sealmem_readonly_mapping_unmap(&mapping);
	sealmem_readonly_region_close(&region);
	return 0;
}
CC

# shellcheck disable=SC2086
links() # COMPILER LIBRARY...
{
	compiler=$1
	shift
	$compiler -std=c++17 -Wall -Wextra -Werror -Iinclude $CFLAGS \
		${SANITIZE:+-fsanitize=$SANITIZE} \
		-o "$tmp/program" "$tmp/program.cc" "$@"
	LD_LIBRARY_PATH="$tmp" "$tmp/program"
}

for cc in gcc clang; do
	cxx=$(cxx_of $cc)
	for path in include/sealmem/*.h; do
		header=$(basename "$path")
		if ! have $cc; then
			skip "c11.$cc.$header" "no $cc"
		else
			check "c11.$cc.$header" compiles "$header" \
				$cc -x c -std=c11
		fi
		if ! have "$cxx"; then
			skip "cxx17.$cxx.$header" "no $cxx"
		else
			check "cxx17.$cxx.$header" compiles "$header" \
				"$cxx" -x c++ -std=c++17
		fi
	done
done

cxx=$(cxx_of "$CC")
if ! have "${cxx%% *}"; then
	skip cxx_program_static "no $cxx"
	skip cxx_program_shared "no $cxx"
else
	check cxx_program_static links "$cxx" "$O/libsealmem.a"
	if [ -n "$SANITIZE" ]; then
		skip cxx_program_shared 'a sanitizer build has no shared library'
	else
		cp "$O"/libsealmem.so.* "$tmp"
		ln -s "$(cd "$tmp" && echo libsealmem.so.*)" "$tmp/libsealmem.so"
		ln -sf libsealmem.so "$tmp/libsealmem.so.0"
		check cxx_program_shared links "$cxx" "-L$tmp" -lsealmem
	fi
fi
finish
