/* SPDX-License-Identifier: MIT */
/*
 * Mappings: whole pages to the kernel, exactly the bytes asked for to the
 * caller, and every address checked against the latter.
 */
#include <errno.h>
#include <sealmem/mapping.h>

#include "lib/budget.h"
#include "lib/handle.h"
#include "lib/lock.h"
#include "lib/size.h"
#include "lib/tracker.h"
#include "sealing/sealing.h"

/* --- map ------------------------------------------------------------------ */

/* What of the region is asked for, and which pages that takes. */
static int measure(const struct sealmem_handle *handle, uint64_t offset,
		   size_t size, enum sealmem_kind kind,
		   struct sealmem_tracked *ret_tracked)
{
	struct sealmem_tracked tracked = {
		.token = handle->token,
		.device = handle->device,
		.inode = handle->inode,
		.offset = offset,
		.size = size,
		.kind = (uint32_t)kind,
	};
	int ret;

	if (handle_is_empty(handle))
		return -EBADF;
	ret = size_check_range(offset, size, handle->size);
	if (ret == 0)
		ret = size_round_up(size + tracker_skip(&tracked),
				    sealing_page_size(), &tracked.mapped_size);
	if (ret < 0)
		return ret;
	*ret_tracked = tracked;
	return 0;
}

static int map_pages(int fd, struct sealmem_tracked *tracked)
{
	size_t skip = tracker_skip(tracked), length = tracked->mapped_size;
	enum sealing_access access = tracked->kind == SEALMEM_KIND_READONLY ?
					     SEALING_ACCESS_READ :
					     SEALING_ACCESS_BOTH;
	void *base;
	int ret;

	ret = sealing_map(fd, tracked->offset - skip, length, access, &base);
	if (ret < 0)
		return ret;
	/* A child that inherited it would be a second writer. */
	if (tracked->kind == SEALMEM_KIND_WRITABLE)
		ret = sealing_map_dontfork(base, length);
	if (ret < 0) {
		sealing_unmap(base, length);
		return ret;
	}
	tracked->addr = (char *)base + skip;
	return 0;
}

/* With the lock held, so that no fork comes before the mapping is whole. */
static int map_tracked(const struct sealmem_handle *handle,
		       struct sealmem_tracked *tracked)
{
	int ret = tracker_make_room();

	if (ret == 0)
		ret = budget_charge(handle->budget, tracked->mapped_size);
	if (ret < 0)
		return ret;
	ret = map_pages(handle->fd, tracked);
	if (ret < 0) {
		budget_release(handle->budget, tracked->mapped_size);
		return ret;
	}
	tracker_add(tracked, handle->budget);
	return 0;
}

/* Fill holes now: later they would raise SIGBUS. */
static int fill(const struct sealmem_handle *handle,
		const struct sealmem_tracked *tracked)
{
	if (tracked->kind != SEALMEM_KIND_READONLY ||
	    !(handle->flags & HANDLE_HOLES))
		return 0;
	switch (sealing_map_populate(tracker_base(tracked),
				     tracked->mapped_size)) {
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

static void unmap(const struct sealmem_mapping_id *id)
{
	struct sealmem_tracked tracked;

	if (!tracker_take(id, &tracked))
		return;
	sealing_unmap(tracker_base(&tracked), tracked.mapped_size);
	tracker_drop(id);
}

static int map(const struct sealmem_handle *handle, uint64_t offset,
	       size_t size, enum sealmem_kind kind,
	       struct sealmem_tracked *ret_tracked)
{
	int ret = measure(handle, offset, size, kind, ret_tracked);

	if (ret < 0)
		return ret;
	lock_take();
	ret = map_tracked(handle, ret_tracked);
	lock_give();
	if (ret < 0)
		return ret;
	ret = fill(handle, ret_tracked);
	if (ret < 0)
		unmap(&ret_tracked->priv);
	return ret;
}

static int map_readonly(const struct sealmem_handle *handle, uint64_t offset,
			size_t size,
			struct sealmem_readonly_mapping *ret_mapping)
{
	struct sealmem_tracked tracked;
	int ret = map(handle, offset, size, SEALMEM_KIND_READONLY, &tracked);

	if (ret < 0)
		return ret;
	*ret_mapping = (struct sealmem_readonly_mapping){
		.addr = tracked.addr,
		.size = size,
		.token = tracked.token,
		.priv = tracked.priv,
	};
	return 0;
}

static int map_writable(const struct sealmem_handle *handle, uint64_t offset,
			size_t size, enum sealmem_kind kind,
			struct sealmem_writable_mapping *ret_mapping)
{
	struct sealmem_tracked tracked;
	int ret = map(handle, offset, size, kind, &tracked);

	if (ret < 0)
		return ret;
	*ret_mapping = (struct sealmem_writable_mapping){
		.addr = (void *)(uintptr_t)tracked.addr,
		.size = size,
		.token = tracked.token,
		.priv = tracked.priv,
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

void sealmem_readonly_mapping_unmap(struct sealmem_readonly_mapping *mapping)
{
	unmap(&mapping->priv);
	*mapping = (struct sealmem_readonly_mapping){ 0 };
}

void sealmem_writable_mapping_unmap(struct sealmem_writable_mapping *mapping)
{
	unmap(&mapping->priv);
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

int sealmem_readonly_mapping_resident(
	const struct sealmem_readonly_mapping *mapping, size_t *ret_size)
{
	return tracker_resident(&mapping->priv, ret_size);
}

int sealmem_writable_mapping_resident(
	const struct sealmem_writable_mapping *mapping, size_t *ret_size)
{
	return tracker_resident(&mapping->priv, ret_size);
}
