/* SPDX-License-Identifier: MIT */
/* One region of whichever kind, so that a test can run over all three. */
#ifndef SELFTESTS_KINDS_H
#define SELFTESTS_KINDS_H

#include <fcntl.h>
#include <sealmem/sealmem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

/* Kernel constants that the C library may not have. */
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

#define FILL 'G'

struct made {
	enum sealmem_kind kind;
	struct sealmem_readonly_region readonly;
	struct sealmem_writable_region writable;
	struct sealmem_unsafe_region unsafe;
	/* What wrote FILL into all of it. */
	struct sealmem_writable_mapping writer;
};

/* A mapping of it as its holder gets one. */
struct view {
	struct sealmem_readonly_mapping readonly;
	struct sealmem_writable_mapping writable;
	const unsigned char *bytes;
	size_t size;
	struct sealmem_token token;
};

static inline int made_create(struct made *made, enum sealmem_kind kind,
			      size_t size)
{
	int ret;

	*made = (struct made){ .kind = kind };
	if (kind == SEALMEM_KIND_READONLY) {
		ret = sealmem_readonly_region_create(
			size, NULL, &made->readonly, &made->writer);
	} else if (kind == SEALMEM_KIND_WRITABLE) {
		ret = sealmem_writable_region_create(size, NULL,
						     &made->writable);
		if (ret == 0)
			ret = sealmem_writable_region_map(&made->writable,
							  &made->writer);
	} else {
		ret = sealmem_unsafe_region_create(size, NULL, &made->unsafe);
		if (ret == 0)
			ret = sealmem_unsafe_region_map(&made->unsafe,
							&made->writer);
	}
	if (ret == 0)
		memset(made->writer.addr, FILL, size);
	return ret;
}

static inline int made_map_at(struct made *made, uint64_t offset, size_t size,
			      struct view *view)
{
	int ret;

	*view = (struct view){ 0 };
	if (made->kind == SEALMEM_KIND_READONLY) {
		ret = sealmem_readonly_region_map_at(&made->readonly, offset,
						     size, &view->readonly);
		view->bytes = view->readonly.addr;
		view->size = view->readonly.size;
		view->token = view->readonly.token;
		return ret;
	}
	if (made->kind == SEALMEM_KIND_WRITABLE)
		ret = sealmem_writable_region_map_at(&made->writable, offset,
						     size, &view->writable);
	else
		ret = sealmem_unsafe_region_map_at(&made->unsafe, offset, size,
						   &view->writable);
	view->bytes = view->writable.addr;
	view->size = view->writable.size;
	view->token = view->writable.token;
	return ret;
}

static inline int made_map(struct made *made, struct view *view)
{
	int ret;

	*view = (struct view){ 0 };
	if (made->kind == SEALMEM_KIND_READONLY)
		ret = sealmem_readonly_region_map(&made->readonly,
						  &view->readonly);
	else if (made->kind == SEALMEM_KIND_WRITABLE)
		ret = sealmem_writable_region_map(&made->writable,
						  &view->writable);
	else
		ret = sealmem_unsafe_region_map(&made->unsafe, &view->writable);
	view->bytes = view->readonly.addr ? view->readonly.addr :
					    view->writable.addr;
	view->size = view->readonly.size + view->writable.size;
	view->token = view->readonly.addr ? view->readonly.token :
					    view->writable.token;
	return ret;
}

static inline void view_unmap(struct view *view)
{
	sealmem_readonly_mapping_unmap(&view->readonly);
	sealmem_writable_mapping_unmap(&view->writable);
	view->bytes = NULL;
	view->size = 0;
}

/* The handle alone; the writer's mapping stays. */
static inline void made_close_region(struct made *made)
{
	sealmem_readonly_region_close(&made->readonly);
	sealmem_writable_region_close(&made->writable);
	sealmem_unsafe_region_close(&made->unsafe);
}

static inline void made_close(struct made *made)
{
	made_close_region(made);
	sealmem_writable_mapping_unmap(&made->writer);
}

static inline int made_fd(const struct made *made)
{
	if (made->kind == SEALMEM_KIND_READONLY)
		return sealmem_readonly_region_fd(&made->readonly);
	if (made->kind == SEALMEM_KIND_WRITABLE)
		return sealmem_writable_region_fd(&made->writable);
	return sealmem_unsafe_region_fd(&made->unsafe);
}

static inline bool is_filled(const void *bytes, int with, size_t size)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < size; i++)
		if (b[i] != with)
			return false;
	return true;
}

static inline unsigned int seals_of(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	/* EXEC comes with MFD_NOEXEC_SEAL, where the kernel has that. */
	return seals < 0 ? ~0u : (unsigned int)seals & ~(unsigned)F_SEAL_EXEC;
}

static inline size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* The same memory, open for writing: what any holder with procfs can get. */
static inline int reopen_readwrite(int fd)
{
	char path[64];

	/* Its owner may change the mode; seals do not care. */
	fchmod(fd, 0600);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDWR | O_CLOEXEC);
}

static inline void *map_shared(int fd, size_t size, int prot)
{
	return mmap(NULL, size, prot, MAP_SHARED, fd, 0);
}

#endif
