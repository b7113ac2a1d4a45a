/* SPDX-License-Identifier: MIT */
/*
 * Kernel constants that the C library may not have yet, each checked against
 * the value that the kernel's interface has for good.
 */
#ifndef SEALING_UAPI_H
#define SEALING_UAPI_H

#include <fcntl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* Linux 6.3 */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
/* Linux 5.1 */
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
/* Linux 5.14 */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
/* Linux 6.5; two architectures have numbers of their own. */
#if !defined(SO_PEERPIDFD) && !defined(__sparc__) && !defined(__hppa__)
#define SO_PEERPIDFD 77
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

/* Linux 5.6 */
#define UAPI_URING_REGISTER_PROBE 8
#define UAPI_URING_OP_SUPPORTED 1
/* Linux 6.7 */
#define UAPI_URING_FUTEX_WAIT 51
#define UAPI_FUTEX2_SIZE_U32 2

/* A request to wait on a futex, as a ring takes it; the rest is 0. */
struct uapi_futex_sqe {
	uint8_t opcode;
	uint8_t reserved0[3];
	int32_t futex_type;
	uint64_t value;
	uint64_t word;
	uint64_t reserved1[3];
	uint64_t mask;
	uint64_t reserved2;
};

/* What a ring says of its requests, UAPI_URING_REGISTER_PROBE. */
struct uapi_uring_probe {
	uint8_t last_opcode;
	uint8_t opcode_count;
	uint16_t reserved0;
	uint32_t reserved1[3];
	struct {
		uint8_t opcode;
		uint8_t reserved0;
		uint16_t flags;
		uint32_t reserved1;
	} opcodes[UAPI_URING_FUTEX_WAIT + 1];
};

_Static_assert(sizeof(struct uapi_futex_sqe) == 64, "kernel interface");
_Static_assert(offsetof(struct uapi_futex_sqe, futex_type) == 4,
	       "kernel interface");
_Static_assert(offsetof(struct uapi_futex_sqe, value) == 8, "kernel interface");
_Static_assert(offsetof(struct uapi_futex_sqe, word) == 16, "kernel interface");
_Static_assert(offsetof(struct uapi_futex_sqe, mask) == 48, "kernel interface");
_Static_assert(offsetof(struct uapi_uring_probe, opcodes) == 16,
	       "kernel interface");
_Static_assert(SCM_PIDFD == 0x04, "kernel interface");
_Static_assert(MFD_CLOEXEC == 0x1, "kernel interface");
_Static_assert(MFD_ALLOW_SEALING == 0x2, "kernel interface");
_Static_assert(MFD_NOEXEC_SEAL == 0x8, "kernel interface");
_Static_assert(F_ADD_SEALS == 1033, "kernel interface");
_Static_assert(F_GET_SEALS == 1034, "kernel interface");
_Static_assert(F_SEAL_SEAL == 0x1, "kernel interface");
_Static_assert(F_SEAL_SHRINK == 0x2, "kernel interface");
_Static_assert(F_SEAL_GROW == 0x4, "kernel interface");
_Static_assert(F_SEAL_WRITE == 0x8, "kernel interface");
_Static_assert(F_SEAL_FUTURE_WRITE == 0x10, "kernel interface");
_Static_assert(F_SEAL_EXEC == 0x20, "kernel interface");
_Static_assert(MADV_REMOVE == 9, "kernel interface");
_Static_assert(MADV_DONTFORK == 10, "kernel interface");
_Static_assert(MADV_POPULATE_READ == 22, "kernel interface");
_Static_assert(TMPFS_MAGIC == 0x01021994, "kernel interface");

#endif
