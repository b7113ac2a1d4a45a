/* SPDX-License-Identifier: MIT */
/*
 * Kernel constants that the C library may not have yet, each checked against
 * the value that the kernel's interface has for good.
 */
#ifndef SEALING_UAPI_H
#define SEALING_UAPI_H

#include <fcntl.h>
#include <linux/magic.h>
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
_Static_assert(MADV_DONTFORK == 10, "kernel interface");
_Static_assert(MADV_POPULATE_READ == 22, "kernel interface");
_Static_assert(TMPFS_MAGIC == 0x01021994, "kernel interface");

#endif
