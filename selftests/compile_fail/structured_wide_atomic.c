/* SPDX-License-Identifier: MIT */
/*
 * What is wider than a register is not loaded at once, or only by an
 * instruction that also writes.
 * Message: negative
 */
#include <sealmem/sealmem.h>

#ifdef CORRECT
typedef unsigned long number;
#else
typedef unsigned __int128 number;
#endif

unsigned long compile_fail(const number *shared)
{
	return (unsigned long)SEALMEM_ATOMIC_LOAD(shared);
}
