/* SPDX-License-Identifier: MIT */
/*
 * Memory made without the library, whose maker keeps what an honest one gives
 * up. selftests/recipe.h makes the kinds that are wrong from the outside.
 */
#ifndef SELFTESTS_HANDMADE_H
#define SELFTESTS_HANDMADE_H

#include "kinds.h"

/* The same file through another descriptor; closes the first. */
static inline int handmade_reopen(int fd, int flags)
{
	char path[64];
	int other;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, flags | O_CLOEXEC);
	ASSERT_SYS(other);
	close(fd);
	return other;
}

/* A page of a live region, and where its maker can go on writing to it. */
static inline int handmade_live(void **ret_memory)
{
	int fd = memfd_create("handmade", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ASSERT_SYS(fd);
	ASSERT_SYS(fchmod(fd, 0400));
	ASSERT_SYS(ftruncate(fd, (off_t)page_size()));
	*ret_memory = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			   MAP_SHARED, fd, 0);
	ASSERT_TRUE(*ret_memory != MAP_FAILED);
	memset(*ret_memory, 0, page_size());
	ASSERT_SYS(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW |
			 F_SEAL_SEAL | F_SEAL_FUTURE_WRITE));
	return handmade_reopen(fd, O_RDONLY);
}

#endif
