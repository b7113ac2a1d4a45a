/* SPDX-License-Identifier: MIT */
/*
 * System call filters that stand in for kernels and sandboxes which lack
 * something. They last as long as the process, which is the case's own.
 */
#ifndef SELFTESTS_FILTER_H
#define SELFTESTS_FILTER_H

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "harness.h"

#ifdef SYS_fcntl64
#define NUMBER_OF_FCNTL SYS_fcntl64
#else
#define NUMBER_OF_FCNTL SYS_fcntl
#endif

/* A call, and which of its arguments has all of which bits. */
struct rule {
	long number;
	int argument;
	uint32_t bits;
	/* A second argument that must be equal; 0 is none. */
	int other;
	uint32_t value;
};

static inline uint32_t low_half(int argument)
{
	uint32_t at = offsetof(struct seccomp_data, args[0]) +
		      8 * (uint32_t)argument;

	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? at + 4 : at;
}

/* From now on the call has this result, of SECCOMP_RET_*. */
static inline void filter(struct rule rule, uint32_t result)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)rule.number, 0, 6),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low_half(rule.other)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule.value, 0,
			 rule.other ? 4 : 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low_half(rule.argument)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, rule.bits),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule.bits, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, result),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	ASSERT_SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ASSERT_SYS(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

/* From now on the call answers with this errno; 0: it succeeds, undone. */
static inline void refuse(struct rule rule, unsigned int error)
{
	filter(rule, SECCOMP_RET_ERRNO | error);
}

static inline void refuse_call(long number, unsigned int error)
{
	refuse((struct rule){ .number = number }, error);
}

static inline void refuse_seal(unsigned int seal, unsigned int error)
{
	refuse((struct rule){ .number = NUMBER_OF_FCNTL,
			      .other = 1,
			      .value = F_ADD_SEALS,
			      .argument = 2,
			      .bits = seal },
	       error);
}

#endif
