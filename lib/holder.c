/* SPDX-License-Identifier: MIT */
/*
 * What every holder of a region can do with it, whatever its kind: copy it
 * (unless it is writable), ask about it, close it.
 */
#include <sealmem/region.h>

#include "lib/handle.h"

/* There is no dup for writable regions: the holder is unique. */
int sealmem_readonly_region_dup(const struct sealmem_readonly_region *region,
				struct sealmem_readonly_region *ret_region)
{
	return handle_dup(&region->priv, &ret_region->priv);
}

int sealmem_unsafe_region_dup(const struct sealmem_unsafe_region *region,
			      struct sealmem_unsafe_region *ret_region)
{
	return handle_dup(&region->priv, &ret_region->priv);
}

void sealmem_readonly_region_close(struct sealmem_readonly_region *region)
{
	handle_close(&region->priv);
}

void sealmem_writable_region_close(struct sealmem_writable_region *region)
{
	handle_close(&region->priv);
}

void sealmem_unsafe_region_close(struct sealmem_unsafe_region *region)
{
	handle_close(&region->priv);
}

bool sealmem_readonly_region_is_empty(
	const struct sealmem_readonly_region *region)
{
	return handle_is_empty(&region->priv);
}

bool sealmem_writable_region_is_empty(
	const struct sealmem_writable_region *region)
{
	return handle_is_empty(&region->priv);
}

bool sealmem_unsafe_region_is_empty(const struct sealmem_unsafe_region *region)
{
	return handle_is_empty(&region->priv);
}

size_t
sealmem_readonly_region_size(const struct sealmem_readonly_region *region)
{
	return region->priv.size;
}

size_t
sealmem_writable_region_size(const struct sealmem_writable_region *region)
{
	return region->priv.size;
}

size_t sealmem_unsafe_region_size(const struct sealmem_unsafe_region *region)
{
	return region->priv.size;
}

struct sealmem_token
sealmem_readonly_region_token(const struct sealmem_readonly_region *region)
{
	return region->priv.token;
}

struct sealmem_token
sealmem_writable_region_token(const struct sealmem_writable_region *region)
{
	return region->priv.token;
}

struct sealmem_token
sealmem_unsafe_region_token(const struct sealmem_unsafe_region *region)
{
	return region->priv.token;
}

static int borrow_fd(const struct sealmem_handle *handle)
{
	return handle_is_empty(handle) ? -1 : handle->fd;
}

int sealmem_readonly_region_fd(const struct sealmem_readonly_region *region)
{
	return borrow_fd(&region->priv);
}

int sealmem_writable_region_fd(const struct sealmem_writable_region *region)
{
	return borrow_fd(&region->priv);
}

int sealmem_unsafe_region_fd(const struct sealmem_unsafe_region *region)
{
	return borrow_fd(&region->priv);
}

enum sealmem_level
sealmem_readonly_region_level(const struct sealmem_readonly_region *region)
{
	return handle_level(&region->priv);
}

bool sealmem_readonly_region_is_frozen(
	const struct sealmem_readonly_region *region)
{
	return sealmem_readonly_region_level(region) == SEALMEM_LEVEL_FROZEN;
}

static bool is_size_sealed(const struct sealmem_handle *handle)
{
	return !handle_is_empty(handle) &&
	       handle_level(handle) != SEALMEM_LEVEL_FILE;
}

bool sealmem_writable_region_is_size_sealed(
	const struct sealmem_writable_region *region)
{
	return is_size_sealed(&region->priv);
}

bool sealmem_unsafe_region_is_size_sealed(
	const struct sealmem_unsafe_region *region)
{
	return is_size_sealed(&region->priv);
}
