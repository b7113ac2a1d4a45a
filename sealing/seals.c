/* SPDX-License-Identifier: MIT */
/* Seals: read them, add them. Nothing can take one away. */
#include "sealing/sealing.h"

#include <errno.h>

#include "sealing/uapi.h"

_Static_assert(SEALING_SEAL == F_SEAL_SEAL, "the kernel's number");
_Static_assert(SEALING_SHRINK == F_SEAL_SHRINK, "the kernel's number");
_Static_assert(SEALING_GROW == F_SEAL_GROW, "the kernel's number");
_Static_assert(SEALING_WRITE == F_SEAL_WRITE, "the kernel's number");
_Static_assert(SEALING_FUTURE_WRITE == F_SEAL_FUTURE_WRITE,
	       "the kernel's number");
_Static_assert(SEALING_EXEC == F_SEAL_EXEC, "the kernel's number");

int sealing_get(int fd, unsigned int *ret_seals)
{
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0)
		return -errno;
	*ret_seals = (unsigned int)seals;
	return 0;
}

int sealing_add(int fd, unsigned int seals)
{
	return fcntl(fd, F_ADD_SEALS, (int)seals) < 0 ? -errno : 0;
}
