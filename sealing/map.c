/* SPDX-License-Identifier: MIT */
/* Shared mappings. Never executable, never at a fixed address. */
#include "sealing/sealing.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sealing/uapi.h"

/* Pages asked about at a time, and how often while the kernel says EAGAIN. */
#define RESIDENT_PAGES 2048
#define RESIDENT_TRIES 100

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

int sealing_map_remove(void *addr, size_t size)
{
	return madvise(addr, size, MADV_REMOVE) < 0 ? -errno : 0;
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

static int ask_resident(const void *addr, size_t size, unsigned char *pages)
{
	int ret = -EAGAIN;

	for (int i = 0; i < RESIDENT_TRIES && ret == -EAGAIN; i++)
		ret = mincore((void *)(uintptr_t)addr, size, pages) < 0 ?
			      -errno :
			      0;
	return ret;
}

int sealing_map_resident(const void *addr, size_t size, size_t *ret_size)
{
	unsigned char pages[RESIDENT_PAGES];
	size_t page = sealing_page_size(), chunk, resident = 0;
	int ret;

	for (size_t at = 0; at < size; at += chunk) {
		chunk = size - at < sizeof(pages) * page ? size - at :
							   sizeof(pages) * page;
		ret = ask_resident((const char *)addr + at, chunk, pages);
		if (ret < 0)
			return ret;
		for (size_t i = 0; i < chunk / page; i++)
			resident += pages[i] & 1 ? page : 0;
	}
	*ret_size = resident;
	return 0;
}
