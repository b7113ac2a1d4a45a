/* SPDX-License-Identifier: MIT */
/*
 * Compilers do not merge atomic accesses, so the portable copy moves a word at
 * a time. The vector copies use asm for the accesses to shared memory: that is
 * opaque to the compiler, which can neither repeat nor split them, but to
 * ThreadSanitizer as well. It gets the portable copy.
 */
#include <string.h>

#include "lib/atomic.h"
#include "lib/copy.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) &&                    \
	!__has_feature(thread_sanitizer)
#define HAS_VECTORS 1
#else
#define HAS_VECTORS 0
#endif

/* --- portable ------------------------------------------------------------- */

/* Half a line or a whole one, by the size of a word; gcc unrolls no loop. */
#define WORDS 8

static void load_words(void *to, const void *shared, size_t lines)
{
	size_t count = lines * (LINE / sizeof(native_word) / WORDS);
	const native_word *s = shared;
	native_word *t = to;

	for (; count > 0; count--, s += WORDS, t += WORDS) {
		t[0] = atomic_load_native(&s[0]);
		t[1] = atomic_load_native(&s[1]);
		t[2] = atomic_load_native(&s[2]);
		t[3] = atomic_load_native(&s[3]);
		t[4] = atomic_load_native(&s[4]);
		t[5] = atomic_load_native(&s[5]);
		t[6] = atomic_load_native(&s[6]);
		t[7] = atomic_load_native(&s[7]);
	}
}

static void store_words(void *shared, const void *from, uint64_t lines)
{
	for (; lines != 0; lines &= lines - 1) {
		size_t at = (size_t)__builtin_ctzll(lines) * LINE;
		const native_word *f = (const void *)((const char *)from + at);
		native_word *s = (void *)((char *)shared + at);

		for (size_t i = 0; i < LINE / sizeof(*s); i++)
			atomic_store_native(&s[i], f[i]);
	}
}

static uint64_t compare_words(const void *from, const void *data, size_t lines)
{
	uint64_t a[LINE / 8], b[LINE / 8], difference, changed = 0;

	for (size_t line = 0; line < lines; line++) {
		memcpy(a, (const char *)from + line * LINE, LINE);
		memcpy(b, (const char *)data + line * LINE, LINE);
		difference = 0;
		for (size_t i = 0; i < LINE / 8; i++)
			difference |= a[i] ^ b[i];
		changed |= (uint64_t)(difference != 0) << line;
	}
	return changed;
}

static const struct copy_method portable = {
	.name = "portable",
	.load = load_words,
	.store = store_words,
	.compare = compare_words,
};

#if HAS_VECTORS

/* --- SSE2: each x86-64 has it --------------------------------------------- */

typedef long long vector16 __attribute__((vector_size(16), may_alias));
typedef vector16 data16 __attribute__((aligned(1)));

static inline void load_line_sse2(vector16 *t, const vector16 *s)
{
	vector16 a, b, c, d;

	__asm__ volatile("movdqa %1, %0" : "=x"(a) : "m"(s[0]));
	__asm__ volatile("movdqa %1, %0" : "=x"(b) : "m"(s[1]));
	__asm__ volatile("movdqa %1, %0" : "=x"(c) : "m"(s[2]));
	__asm__ volatile("movdqa %1, %0" : "=x"(d) : "m"(s[3]));
	t[0] = a;
	t[1] = b;
	t[2] = c;
	t[3] = d;
}

static void load_sse2(void *to, const void *shared, size_t lines)
{
	const vector16 *s = shared;
	vector16 *t = to;

	for (; lines >= 4; lines -= 4, s += 16, t += 16) {
		load_line_sse2(t, s);
		load_line_sse2(t + 4, s + 4);
		load_line_sse2(t + 8, s + 8);
		load_line_sse2(t + 12, s + 12);
	}
	for (; lines > 0; lines--, s += 4, t += 4)
		load_line_sse2(t, s);
}

static void store_sse2(void *shared, const void *from, uint64_t lines)
{
	for (; lines != 0; lines &= lines - 1) {
		size_t first = (size_t)__builtin_ctzll(lines) * 4;
		const vector16 *f = (const vector16 *)from + first;
		vector16 *s = (vector16 *)shared + first;

		__asm__ volatile("movdqa %1, %0" : "=m"(s[0]) : "x"(f[0]));
		__asm__ volatile("movdqa %1, %0" : "=m"(s[1]) : "x"(f[1]));
		__asm__ volatile("movdqa %1, %0" : "=m"(s[2]) : "x"(f[2]));
		__asm__ volatile("movdqa %1, %0" : "=m"(s[3]) : "x"(f[3]));
	}
}

static uint64_t compare_sse2(const void *from, const void *data, size_t lines)
{
	const vector16 *a = from;
	const data16 *b = data;
	vector16 difference;
	uint64_t changed = 0;

	for (size_t i = 0; i < lines; i++, a += 4, b += 4) {
		difference = (a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) |
			     (a[3] ^ b[3]);
		if ((difference[0] | difference[1]) != 0)
			changed |= (uint64_t)1 << i;
	}
	return changed;
}

static const struct copy_method sse2 = {
	.name = "SSE2",
	.load = load_sse2,
	.store = store_sse2,
	.compare = compare_sse2,
};

/* --- AVX2 ----------------------------------------------------------------- */

#define AVX2 __attribute__((target("avx2")))

typedef long long vector32 __attribute__((vector_size(32), may_alias));
typedef vector32 data32 __attribute__((aligned(1)));

AVX2 static inline void load_line_avx2(vector32 *t, const vector32 *s)
{
	vector32 a, b;

	__asm__ volatile("vmovdqa %1, %0" : "=x"(a) : "m"(s[0]));
	__asm__ volatile("vmovdqa %1, %0" : "=x"(b) : "m"(s[1]));
	t[0] = a;
	t[1] = b;
}

AVX2 static void load_avx2(void *to, const void *shared, size_t lines)
{
	const vector32 *s = shared;
	vector32 *t = to;

	for (; lines >= 4; lines -= 4, s += 8, t += 8) {
		load_line_avx2(t, s);
		load_line_avx2(t + 2, s + 2);
		load_line_avx2(t + 4, s + 4);
		load_line_avx2(t + 6, s + 6);
	}
	for (; lines > 0; lines--, s += 2, t += 2)
		load_line_avx2(t, s);
}

AVX2 static void store_avx2(void *shared, const void *from, uint64_t lines)
{
	for (; lines != 0; lines &= lines - 1) {
		size_t first = (size_t)__builtin_ctzll(lines) * 2;
		const vector32 *f = (const vector32 *)from + first;
		vector32 *s = (vector32 *)shared + first;

		__asm__ volatile("vmovdqa %1, %0" : "=m"(s[0]) : "x"(f[0]));
		__asm__ volatile("vmovdqa %1, %0" : "=m"(s[1]) : "x"(f[1]));
	}
}

AVX2 static uint64_t compare_avx2(const void *from, const void *data,
				  size_t lines)
{
	const vector32 *a = from;
	const data32 *b = data;
	vector32 difference;
	uint64_t changed = 0;

	for (size_t i = 0; i < lines; i++, a += 2, b += 2) {
		difference = (a[0] ^ b[0]) | (a[1] ^ b[1]);
		if (!__builtin_ia32_ptestz256(difference, difference))
			changed |= (uint64_t)1 << i;
	}
	return changed;
}

static const struct copy_method avx2 = {
	.name = "AVX2",
	.load = load_avx2,
	.store = store_avx2,
	.compare = compare_avx2,
};

#endif

/* --- choice --------------------------------------------------------------- */

const struct copy_method *copy_method_at(unsigned int index)
{
	const struct copy_method *methods[3] = { NULL };
	unsigned int count = 0;

#if HAS_VECTORS
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx2"))
		methods[count++] = &avx2;
	methods[count++] = &sse2;
#endif
	methods[count++] = &portable;
	return index < count ? methods[index] : NULL;
}
