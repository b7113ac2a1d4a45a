/* SPDX-License-Identifier: MIT */
/* Shared mappings. Never executable, never at a fixed address. */
#include "sealing/sealing.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sealing/uapi.h"

size_t sealing_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int sealing_map(int fd, uint64_t offset, size_t size,
		enum sealing_access access, void **ret_addr)
{
	int prot = PROT_READ | (access == SEALING_ACCESS_READ ? 0 : PROT_WRITE);
	void *addr = mmap(NULL, size, prot, MAP_SHARED, fd, (off_t)offset);

	if (addr == MAP_FAILED)
		return -errno;
	*ret_addr = addr;
	return 0;
}

void sealing_unmap(void *addr, size_t size)
{
	int saved = errno;

	/* ENOMEM (no room to split a neighbour) leaks; the rest is a bug. */
	if (munmap(addr, size) < 0 && errno != ENOMEM)
		abort();
	errno = saved;
}

int sealing_map_dontfork(void *addr, size_t size)
{
	return madvise(addr, size, MADV_DONTFORK) < 0 ? -errno : 0;
}

int sealing_map_populate(const void *addr, size_t size)
{
	int ret;

	do
		ret = madvise((void *)(uintptr_t)addr, size,
			      MADV_POPULATE_READ);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}
