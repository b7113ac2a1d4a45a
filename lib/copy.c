/* SPDX-License-Identifier: MIT */
/*
 * Compilers do not merge atomic accesses, so the portable copy moves a word at
 * a time. The vector copies use asm for the accesses to shared memory: that is
 * opaque to the compiler, which can neither repeat nor split them, but to
 * ThreadSanitizer as well. It gets the portable copy.
 */
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

static void store_words(void *shared, const void *from, size_t lines)
{
	size_t count = lines * (LINE / sizeof(native_word));
	const native_word *f = from;
	native_word *s = shared;

	for (size_t i = 0; i < count; i++)
		atomic_store_native(&s[i], f[i]);
}

static const struct copy_method portable = {
	.name = "portable",
	.load = load_words,
	.store = store_words,
};

#if HAS_VECTORS

/* --- SSE2: each x86-64 has it --------------------------------------------- */

typedef long long vector16 __attribute__((vector_size(16), may_alias));

static void load_sse2(void *to, const void *shared, size_t lines)
{
	const vector16 *s = shared;
	vector16 *t = to;
	vector16 a, b, c, d;

	for (; lines > 0; lines--, s += 4, t += 4) {
		__asm__ volatile("movdqa %1, %0" : "=x"(a) : "m"(s[0]));
		__asm__ volatile("movdqa %1, %0" : "=x"(b) : "m"(s[1]));
		__asm__ volatile("movdqa %1, %0" : "=x"(c) : "m"(s[2]));
		__asm__ volatile("movdqa %1, %0" : "=x"(d) : "m"(s[3]));
		t[0] = a;
		t[1] = b;
		t[2] = c;
		t[3] = d;
	}
}

static void store_sse2(void *shared, const void *from, size_t lines)
{
	const vector16 *f = from;
	vector16 *s = shared;

	for (; lines > 0; lines--, s += 4, f += 4) {
		__asm__ volatile("movdqa %1, %0" : "=m"(s[0]) : "x"(f[0]));
		__asm__ volatile("movdqa %1, %0" : "=m"(s[1]) : "x"(f[1]));
		__asm__ volatile("movdqa %1, %0" : "=m"(s[2]) : "x"(f[2]));
		__asm__ volatile("movdqa %1, %0" : "=m"(s[3]) : "x"(f[3]));
	}
}

static const struct copy_method sse2 = {
	.name = "SSE2",
	.load = load_sse2,
	.store = store_sse2,
};

/* --- AVX2 ----------------------------------------------------------------- */

typedef long long vector32 __attribute__((vector_size(32), may_alias));

__attribute__((target("avx2"))) static void
load_avx2(void *to, const void *shared, size_t lines)
{
	const vector32 *s = shared;
	vector32 *t = to;
	vector32 a, b;

	for (; lines > 0; lines--, s += 2, t += 2) {
		__asm__ volatile("vmovdqa %1, %0" : "=x"(a) : "m"(s[0]));
		__asm__ volatile("vmovdqa %1, %0" : "=x"(b) : "m"(s[1]));
		t[0] = a;
		t[1] = b;
	}
}

__attribute__((target("avx2"))) static void
store_avx2(void *shared, const void *from, size_t lines)
{
	const vector32 *f = from;
	vector32 *s = shared;

	for (; lines > 0; lines--, s += 2, f += 2) {
		__asm__ volatile("vmovdqa %1, %0" : "=m"(s[0]) : "x"(f[0]));
		__asm__ volatile("vmovdqa %1, %0" : "=m"(s[1]) : "x"(f[1]));
	}
}

static const struct copy_method avx2 = {
	.name = "AVX2",
	.load = load_avx2,
	.store = store_avx2,
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
