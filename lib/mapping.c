/* SPDX-License-Identifier: MIT */
/*
 * Mappings: whole pages to the kernel, exactly the bytes asked for to the
 * caller, and every address checked against the latter.
 */
#include <errno.h>
#include <sealmem/mapping.h>

#include "lib/handle.h"
#include "lib/size.h"
#include "sealing/sealing.h"

/* --- map ------------------------------------------------------------------ */

static int guard(const struct sealmem_handle *handle, void *base, size_t length,
		 enum sealmem_kind kind)
{
	/* A child that inherited it would be a second writer. */
	if (kind == SEALMEM_KIND_WRITABLE)
		return sealing_map_dontfork(base, length);
	if (kind != SEALMEM_KIND_READONLY || !(handle->flags & HANDLE_HOLES))
		return 0;
	/* Fill holes now: later they would raise SIGBUS. */
	switch (sealing_map_populate(base, length)) {
	case 0:
		return 0;
	case -EINVAL:
		return -EOPNOTSUPP;
	case -ENOMEM:
		return -ENOMEM;
	default:
		return -EFAULT;
	}
}

static int map(const struct sealmem_handle *handle, uint64_t offset,
	       size_t size, enum sealmem_kind kind, void **ret_addr)
{
	size_t skip = (size_t)(offset % sealing_page_size());
	enum sealing_access access = kind == SEALMEM_KIND_READONLY ?
					     SEALING_ACCESS_READ :
					     SEALING_ACCESS_BOTH;
	void *base;
	int ret;

	if (handle_is_empty(handle))
		return -EBADF;
	ret = size_check_range(offset, size, handle->size);
	if (ret < 0)
		return ret;
	ret = sealing_map(handle->fd, offset - skip, size + skip, access,
			  &base);
	if (ret < 0)
		return ret;
	ret = guard(handle, base, size + skip, kind);
	if (ret < 0) {
		sealing_unmap(base, size + skip);
		return ret;
	}
	*ret_addr = (char *)base + skip;
	return 0;
}

static int map_readonly(const struct sealmem_handle *handle, uint64_t offset,
			size_t size,
			struct sealmem_readonly_mapping *ret_mapping)
{
	void *addr;
	int ret = map(handle, offset, size, SEALMEM_KIND_READONLY, &addr);

	if (ret < 0)
		return ret;
	*ret_mapping = (struct sealmem_readonly_mapping){
		.addr = addr,
		.size = size,
		.token = handle->token,
	};
	return 0;
}

static int map_writable(const struct sealmem_handle *handle, uint64_t offset,
			size_t size, enum sealmem_kind kind,
			struct sealmem_writable_mapping *ret_mapping)
{
	void *addr;
	int ret = map(handle, offset, size, kind, &addr);

	if (ret < 0)
		return ret;
	*ret_mapping = (struct sealmem_writable_mapping){
		.addr = addr,
		.size = size,
		.token = handle->token,
	};
	return 0;
}

int sealmem_readonly_region_map(const struct sealmem_readonly_region *region,
				struct sealmem_readonly_mapping *ret_mapping)
{
	return map_readonly(&region->priv, 0, region->priv.size, ret_mapping);
}

int sealmem_readonly_region_map_at(const struct sealmem_readonly_region *region,
				   uint64_t offset, size_t size,
				   struct sealmem_readonly_mapping *ret_mapping)
{
	return map_readonly(&region->priv, offset, size, ret_mapping);
}

int sealmem_writable_region_map(const struct sealmem_writable_region *region,
				struct sealmem_writable_mapping *ret_mapping)
{
	return map_writable(&region->priv, 0, region->priv.size,
			    SEALMEM_KIND_WRITABLE, ret_mapping);
}

int sealmem_writable_region_map_at(const struct sealmem_writable_region *region,
				   uint64_t offset, size_t size,
				   struct sealmem_writable_mapping *ret_mapping)
{
	return map_writable(&region->priv, offset, size, SEALMEM_KIND_WRITABLE,
			    ret_mapping);
}

int sealmem_unsafe_region_map(const struct sealmem_unsafe_region *region,
			      struct sealmem_writable_mapping *ret_mapping)
{
	return map_writable(&region->priv, 0, region->priv.size,
			    SEALMEM_KIND_UNSAFE, ret_mapping);
}

int sealmem_unsafe_region_map_at(const struct sealmem_unsafe_region *region,
				 uint64_t offset, size_t size,
				 struct sealmem_writable_mapping *ret_mapping)
{
	return map_writable(&region->priv, offset, size, SEALMEM_KIND_UNSAFE,
			    ret_mapping);
}

/* --- unmap ---------------------------------------------------------------- */

static void unmap(const void *addr, size_t size)
{
	size_t skip = (uintptr_t)addr % sealing_page_size();

	if (size != 0)
		sealing_unmap((char *)(uintptr_t)addr - skip, size + skip);
}

void sealmem_readonly_mapping_unmap(struct sealmem_readonly_mapping *mapping)
{
	unmap(mapping->addr, mapping->size);
	*mapping = (struct sealmem_readonly_mapping){ 0 };
}

void sealmem_writable_mapping_unmap(struct sealmem_writable_mapping *mapping)
{
	unmap(mapping->addr, mapping->size);
	*mapping = (struct sealmem_writable_mapping){ 0 };
}

/* --- access --------------------------------------------------------------- */

static void *array_at(const void *addr, size_t limit, uint64_t offset,
		      size_t count, size_t size, size_t alignment)
{
	uintptr_t found;

	if (size_check_array(offset, count, size, limit) < 0)
		return NULL;
	found = (uintptr_t)addr + (uintptr_t)offset;
	if (alignment == 0 || found % alignment != 0)
		return NULL;
	return (void *)found;
}

const void *
sealmem_readonly_mapping_at(const struct sealmem_readonly_mapping *mapping,
			    uint64_t offset, size_t size, size_t alignment)
{
	return array_at(mapping->addr, mapping->size, offset, 1, size,
			alignment);
}

void *
sealmem_writable_mapping_at(const struct sealmem_writable_mapping *mapping,
			    uint64_t offset, size_t size, size_t alignment)
{
	return array_at(mapping->addr, mapping->size, offset, 1, size,
			alignment);
}

const void *sealmem_readonly_mapping_array_at(
	const struct sealmem_readonly_mapping *mapping, uint64_t offset,
	size_t count, size_t size, size_t alignment)
{
	return array_at(mapping->addr, mapping->size, offset, count, size,
			alignment);
}

void *sealmem_writable_mapping_array_at(
	const struct sealmem_writable_mapping *mapping, uint64_t offset,
	size_t count, size_t size, size_t alignment)
{
	return array_at(mapping->addr, mapping->size, offset, count, size,
			alignment);
}
